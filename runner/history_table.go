package runner

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// table is a version table: where it is, and the columns that its tool gives it.
type table struct {
	tool         string
	schema, name string // schema "" until it was looked for
	columns      []column
}

// column is one of a table's; types are as format_type writes them.
type column struct {
	name  string
	types []string
}

func col(name string, types ...string) column { return column{name, types} }

// quoted is the table's name in SQL.
func (t *table) quoted() string {
	if t.schema == "" {
		return pgx.Identifier{t.name}.Sanitize()
	}
	return pgx.Identifier{t.schema, t.name}.Sanitize()
}

func (t *table) String() string {
	if t.schema == "" {
		return t.name
	}
	return t.schema + "." + t.name
}

// find looks for the table and checks its shape. Where there is none, schema is where the
// tool would make it.
func (t *table) find(ctx context.Context, q Queryer) (exists bool, err error) {
	rows, err := q.Query(ctx, `SELECT n.nspname::text, c.relkind::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.oid = pg_catalog.to_regclass($1::text)
 ORDER BY a.attnum`, t.quoted())
	if err != nil {
		return false, err
	}
	var schema, kind string
	have := map[string]string{}
	for rows.Next() {
		var name, typ *string
		if err := rows.Scan(&schema, &kind, &name, &typ); err != nil {
			return false, err
		}
		if name != nil {
			have[*name] = *typ
		}
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	if schema == "" {
		return false, t.settle(ctx, q)
	}
	t.schema = schema
	return true, t.fits(kind, have)
}

// settle fixes the schema of a table that is not there yet.
func (t *table) settle(ctx context.Context, q Queryer) error {
	if t.schema != "" {
		return nil
	}
	var schema *string
	if err := q.QueryRow(ctx, `SELECT pg_catalog.current_schema()::text`).Scan(&schema); err != nil {
		return err
	}
	if schema == nil {
		return fmt.Errorf("no place for %s: no schema of the search_path exists; write --history %s:schema.%s", t.name, t.tool, t.name)
	}
	t.schema = *schema
	return nil
}

// fits holds what a relation is against what the tool makes. Columns that the tool does
// not make are refused: they tell of another tool, or of a release that is not known here.
func (t *table) fits(kind string, have map[string]string) error {
	if kind != "r" && kind != "p" {
		return t.wrong("it is no table")
	}
	for _, c := range t.columns {
		typ, ok := have[c.name]
		if !ok {
			return t.wrong("it has no column " + c.name)
		}
		if !c.takes(typ) {
			return t.wrong(fmt.Sprintf("its column %s is %s, not %s", c.name, typ, c.types[0]))
		}
		delete(have, c.name)
	}
	for name := range have {
		return t.wrong("it has a column " + name + ", which " + t.tool + " does not make")
	}
	return nil
}

// takes ignores a length: character varying(128) is a character varying.
func (c column) takes(typ string) bool {
	bare, _, _ := strings.Cut(typ, "(")
	_, rest, _ := strings.Cut(typ, ")")
	for _, want := range c.types {
		if want == typ || want == bare+rest {
			return true
		}
	}
	return false
}

func (t *table) wrong(why string) error {
	return &HistoryError{Tool: t.tool, Table: t.String(), Why: why}
}

// write runs one fenced statement and holds the number of rows that it must touch against
// the number that it touched: none where the fence did not hold.
func (t *table) write(ctx context.Context, q Queryer, sql string, fence Fence, args ...any) error {
	tag, err := q.Exec(ctx, "/* safemig:record */ "+fmt.Sprintf(sql, t.quoted())+" "+string(fence), args...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	return t.unwritten(ctx, q, fence, tag.RowsAffected())
}

// unwritten tells a lost lock from a row that is not there.
func (t *table) unwritten(ctx context.Context, q Queryer, fence Fence, n int64) error {
	var held bool
	if err := q.QueryRow(ctx, "SELECT "+string(fence)).Scan(&held); err != nil {
		return err
	}
	if !held {
		return ErrLockLost
	}
	return &HistoryError{Tool: t.tool, Table: t.String(), Why: fmt.Sprintf("%d rows for one migration", n)}
}

// number reads a version of a tool whose versions are numbers.
func (t *table) number(version string) (int64, error) {
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s cannot record version %q: its versions are numbers up to %d", t.tool, version, int64(1<<63-1))
	}
	return n, nil
}

// spelling gives the version as the migration's own file writes it: goose's 1 is 00001.
type spelling map[int64]string

func spell(known []Known) spelling {
	s := spelling{}
	for _, k := range known {
		if n, err := strconv.ParseInt(k.Version, 10, 64); err == nil {
			s[n] = k.Version
		}
	}
	return s
}

func (s spelling) of(n int64) string {
	if v, ok := s[n]; ok {
		return v
	}
	return strconv.FormatInt(n, 10)
}

// writeAny is write for a statement that may touch more than one row.
func (t *table) writeAny(ctx context.Context, q Queryer, sql string, fence Fence, args ...any) error {
	tag, err := q.Exec(ctx, "/* safemig:record */ "+fmt.Sprintf(sql, t.quoted())+" "+string(fence), args...)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	return t.unwritten(ctx, q, fence, 0)
}

// collect scans every row of a query.
func collect[T any](ctx context.Context, q Queryer, sql string, scan func(pgx.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(pgx.CollectableRow) (T, error) { return scan(rows) })
}
