// Package history holds safemig's --history against the tools themselves: tables, handover
// in both directions, and that both are kept apart when they start at once.
package history

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
	"github.com/safemig/safemig/runner"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// describe is what the catalog says of a table: columns, constraints, indexes.
const describe = `SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
SELECT 'column ' || attnum || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' not null ' || attnotnull
       || ' identity ' || attidentity::text || ' default ' || coalesce(pg_get_expr(adbin, adrelid), '') AS line
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = to_regclass($1) AND attnum > 0
UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype <> 'n'
UNION ALL SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass($1)) x`

var versionTable = map[string]string{
	"goose": "goose_db_version", "golang-migrate": "schema_migrations", "tern": "public.schema_version", "dbmate": "schema_migrations",
	"flyway": "flyway_schema_history", "sqlx": "_sqlx_migrations",
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// newDatabase is an empty one, by a DSN that programs know too: they know no sockets.
func newDatabase(t *testing.T) string {
	t.Helper()
	c, err := pgx.ParseConfig(pgtest.NewDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(pgtest.ForTest(t).TCP(), "/postgres?", "/"+c.Database+"?", 1)
}

// until waits for a query to say true.
func until(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	for range 3000 {
		var so bool
		if err := conn.QueryRow(t.Context(), sql).Scan(&so); err != nil {
			t.Fatal(err)
		}
		if so {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", sql)
}

// layout writes n migrations for a tool; the i-th adds one to a counter.
func (tl tool) layout(t *testing.T, n int, body string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i <= n; i++ {
		up := fmt.Sprintf("UPDATE counter SET n = n + 1 WHERE id = %d;%s", i, body)
		down := fmt.Sprintf("UPDATE counter SET n = n - 1 WHERE id = %d;", i)
		put(tl.file(i, up, down))
		if tl.more != nil {
			put(tl.more(i, down))
		}
	}
	return dir
}

func counter(t *testing.T, conn *pgx.Conn, n int) {
	t.Helper()
	_, err := conn.Exec(t.Context(), fmt.Sprintf(`CREATE TABLE IF NOT EXISTS counter (id int PRIMARY KEY, n int NOT NULL);
TRUNCATE counter; INSERT INTO counter SELECT i, 0 FROM generate_series(1, %d) i`, n))
	if err != nil {
		t.Fatal(err)
	}
}

// The table that safemig makes is the one that the tool makes.
func TestTablesAreTheTools(t *testing.T) {
	for _, tl := range tools {
		t.Run(tl.name, func(t *testing.T) {
			theirs, ours := newDatabase(t), newDatabase(t)
			a, b := connect(t, theirs), connect(t, ours)
			counter(t, a, 1)
			if err := tl.up(t.Context(), theirs, tl.layout(t, 1, ""), 1); err != nil {
				t.Fatal(err)
			}
			h, err := runner.HistoryByName(tl.name)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := h.Read(t.Context(), b, nil); err != nil {
				t.Fatal(err)
			}
			if err := h.Create(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			var want, got string
			if err := a.QueryRow(t.Context(), describe, versionTable[tl.name]).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if err := b.QueryRow(t.Context(), describe, versionTable[tl.name]).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if want == "" || got != want {
				t.Errorf("safemig makes\n%s\n%s makes\n%s", got, tl.name, want)
			}
			rows, exists, err := h.Read(t.Context(), a, nil)
			if err != nil || !exists || len(rows) == 0 || !strings.HasSuffix(rows[len(rows)-1].Version, "1") {
				t.Errorf("read of the tool's own table: %v, %v, %v", rows, exists, err)
			}
		})
	}
}
