package runner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/lockkey"
)

// flyway keeps flyway_schema_history as Flyway does. Source: PostgreSQLDatabase.java,
// JdbcTableSchemaHistory.java and ChecksumCalculator.java of Flyway 10.
type flyway struct{ table }

func newFlyway(schema, name string) History {
	return &flyway{table{tool: "flyway", schema: schema, name: cmp.Or(name, "flyway_schema_history"), columns: []column{
		col("installed_rank", "integer"),
		col("version", "character varying"),
		col("description", "character varying"),
		col("type", "character varying"),
		col("script", "character varying"),
		col("checksum", "integer"),
		col("installed_by", "character varying"),
		col("installed_on", "timestamp without time zone"),
		col("execution_time", "integer"),
		col("success", "boolean"),
	}}}
}

func (f *flyway) Name() string { return f.tool }

func (f *flyway) Locks(ctx context.Context, q Queryer) ([]AdvisoryLock, error) {
	if _, err := f.find(ctx, q); err != nil {
		return nil, err
	}
	return f.lock(lockkey.Flyway(f.schema, f.name)), nil
}

// flywayRow is a row of the table.
type flywayRow struct {
	version, description, kind, script string
	checksum                           *int32
	at                                 time.Time
	success                            bool
}

// Read replays the rows in their order: an UNDO_SQL or a DELETE takes a version back, a
// BASELINE stands for every version up to its own. It refuses what `flyway validate`
// refuses: a failed row, and a file that changed after it was applied.
func (f *flyway) Read(ctx context.Context, q Queryer, known []Known) ([]Row, bool, error) {
	exists, err := f.find(ctx, q)
	if err != nil || !exists {
		return nil, exists, err
	}
	rows, err := collect(ctx, q, `SELECT coalesce(version, ''), description, type, script, checksum, installed_on::timestamptz, success
  FROM `+f.quoted()+` ORDER BY installed_rank`, func(r pgx.Rows) (x flywayRow, err error) {
		return x, r.Scan(&x.version, &x.description, &x.kind, &x.script, &x.checksum, &x.at, &x.success)
	})
	if err != nil {
		return nil, true, err
	}
	out, problems := f.replay(rows, known)
	if problems != nil {
		return nil, true, &StateError{Problems: problems}
	}
	return out, true, nil
}

func (f *flyway) replay(rows []flywayRow, known []Known) (out []Row, problems []string) {
	files := map[string]Known{}
	for _, k := range known {
		if k.Version != "" {
			files[flywayVersion(k.Version)] = k
		}
	}
	drop := func(version string) {
		for i := range out {
			if flywayVersion(out[i].Version) == version {
				out = append(out[:i], out[i+1:]...)
				return
			}
		}
	}
	for _, r := range rows {
		version := flywayVersion(r.version)
		k, have := files[version]
		switch {
		case r.version == "" || r.kind == "SCHEMA": // a repeatable; the schema was made
		case r.kind == "DELETE" || strings.HasPrefix(r.kind, "UNDO"):
			drop(version)
		case !r.success:
			problems = append(problems, fmt.Sprintf("%s: version %s failed: find out what of it took effect, then say: flyway repair", f.table.String(), r.version))
		case strings.HasSuffix(r.kind, "BASELINE"):
			out = append(out, below(r, known)...)
		case have && r.checksum != nil && r.kind == "SQL" && *r.checksum != flywayChecksum(k.Raw):
			problems = append(problems, k.Path+": changed after Flyway's table recorded it as applied")
		default:
			if have {
				r.version = k.Version
			}
			out = append(out, Row{Version: r.version, Name: r.description, At: r.at})
		}
	}
	return out, problems
}

// below are the migrations that a baseline stands for.
func below(r flywayRow, known []Known) (out []Row) {
	for _, k := range known {
		if k.Version != "" && compareFlyway(k.Version, r.version) <= 0 {
			out = append(out, Row{Version: k.Version, Name: k.Name, At: r.at})
		}
	}
	return out
}

// flywayVersion makes equal versions equal strings: 1_2, 1.2.0 and 01.2 are one.
func flywayVersion(v string) string {
	parts := strings.FieldsFunc(v, func(r rune) bool { return r == '.' || r == '_' })
	for i := range parts {
		parts[i] = cmp.Or(strings.TrimLeft(parts[i], "0"), "0")
	}
	for len(parts) > 1 && parts[len(parts)-1] == "0" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ".")
}

func compareFlyway(a, b string) int {
	as, bs := strings.Split(flywayVersion(a), "."), strings.Split(flywayVersion(b), ".")
	for i := range max(len(as), len(bs)) {
		x, y := "0", "0"
		if i < len(as) {
			x = as[i]
		}
		if i < len(bs) {
			y = bs[i]
		}
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}

// flywayChecksum is CRC-32 over the lines without their ends, as a signed number; a byte
// order mark does not count.
func flywayChecksum(raw []byte) int32 {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	return int32(crc32.ChecksumIEEE(bytes.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, raw)))
}

func (f *flyway) Create(ctx context.Context, q Queryer) error {
	for _, sql := range []string{`CREATE TABLE %s (
    "installed_rank" INT NOT NULL,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL
)`,
		`ALTER TABLE %s ADD CONSTRAINT ` + pgx.Identifier{f.name + "_pk"}.Sanitize() + ` PRIMARY KEY ("installed_rank")`,
		`CREATE INDEX ` + pgx.Identifier{f.name + "_s_idx"}.Sanitize() + ` ON %s ("success")`,
	} {
		if _, err := q.Exec(ctx, fmt.Sprintf(sql, f.quoted())); err != nil {
			return err
		}
	}
	return nil
}

// Apply writes the next rank. The execution time is that since the transaction began, in
// milliseconds.
func (f *flyway) Apply(ctx context.Context, q Queryer, m Known, fence Fence) error {
	return f.row(ctx, q, m, fence, "SQL", path.Base(m.Path), flywayChecksum(m.Raw))
}

// Revert writes a row of type UNDO_SQL, as `flyway undo` does.
func (f *flyway) Revert(ctx context.Context, q Queryer, m Known, fence Fence) error {
	return f.row(ctx, q, m, fence, "UNDO_SQL", "U"+strings.TrimPrefix(path.Base(m.Path), "V"), nil)
}

func (f *flyway) row(ctx context.Context, q Queryer, m Known, fence Fence, kind, script string, checksum any) error {
	if m.Version == "" {
		return fmt.Errorf("%s: a migration without a version is not recorded in Flyway's table", m.Path)
	}
	_, description, _ := strings.Cut(path.Base(m.Path), "__")
	description = strings.ReplaceAll(strings.TrimSuffix(description, path.Ext(description)), "_", " ")
	return f.write(ctx, q, `INSERT INTO %[1]s (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
SELECT coalesce((SELECT max(installed_rank) FROM %[1]s), 0) + 1, $1::text, $2::text, $3::text, $4::text, $5::int4, current_user, `+
		sinceBegin("1000")+`::int4, true WHERE`, fence,
		strings.ReplaceAll(m.Version, "_", "."), noDescription(description), kind, script, checksum)
}

// noDescription is Flyway's description of a migration that has none.
func noDescription(description string) string {
	return cmp.Or(description, "<< no description >>")
}
