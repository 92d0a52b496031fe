package torture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lockkey"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// tables say what each tool's table holds at the end: what the tool itself would have written.
var tables = map[string][]invariant{
	"goose":          {{"I2: goose's table", "SELECT string_agg(version_id || ' ' || is_applied, ', ' ORDER BY id) FROM goose_db_version", "0 true, 1 true, 2 true, 3 true, 4 true, 5 true"}},
	"golang-migrate": {{"I2: golang-migrate's table", "SELECT string_agg(version || ' ' || dirty, ', ') FROM schema_migrations", "5 false"}},
	"tern":           {{"I2: tern's table", "SELECT string_agg(version::text, ', ') FROM schema_version", "5"}},
	"dbmate":         {{"I2: dbmate's table", listed("schema_migrations"), "1, 2, 3, 4, 5"}},
	"rails":          {{"I2: Rails' table", listed("schema_migrations"), "1, 2, 3, 4, 5"}},
	"ecto:My.Repo":   {{"I2: Ecto's table", listed("schema_migrations"), "1, 2, 3, 4, 5"}},
	"sqlx":           {{"I2: sqlx' table", "SELECT string_agg(version || ' ' || description || ' ' || success, ', ' ORDER BY version) FROM _sqlx_migrations", "1 table true, 2 index true, 3 column true, 4 mixed true, 5 more true"}},
	"flyway":         {{"I2: Flyway's table", "SELECT string_agg(installed_rank || ' ' || version || ' ' || type || ' ' || success, ', ' ORDER BY installed_rank) FROM flyway_schema_history", "1 1 SQL true, 2 2 SQL true, 3 3 SQL true, 4 4 SQL true, 5 5 SQL true"}},
}

func listed(table string) string {
	return "SELECT string_agg(version::text, ', ' ORDER BY version) FROM " + table
}

// keys are the advisory locks of each tool, for a database.
func keys(history, db string) []int64 {
	switch history {
	case "goose":
		return []int64{lockkey.Goose, lockkey.GooseEarly}
	case "golang-migrate":
		return []int64{lockkey.GolangMigrate("/"+db, "public", "schema_migrations"), lockkey.GolangMigrate(db, "public", "schema_migrations")}
	case "tern":
		return []int64{lockkey.Tern}
	case "rails":
		return []int64{lockkey.Rails(db)}
	case "ecto:My.Repo":
		return []int64{lockkey.Ecto("My.Repo")}
	case "sqlx":
		return []int64{lockkey.SQLx(db)}
	case "flyway":
		return []int64{lockkey.Flyway("public", "flyway_schema_history")}
	}
	return nil // dbmate locks nothing
}

// On the wire, with every table: each lock, the tool's own too, then the bodies, each with
// its record after it, then each unlock, all on one backend.
func TestWireOfEveryHistory(t *testing.T) {
	s := pgtest.ForTest(t)
	for history := range tables {
		t.Run(history, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s)
			defer w.close()
			w.history = history
			n := w.start(t, nil)
			if code := n.wait(t, 60e9); code != 0 {
				t.Fatalf("exit %d: %s", code, n.out.String())
			}
			for _, b := range w.broken(tables[history]) {
				t.Error(b)
			}
			inOrder(t, n.p.statements(), append(keys(history, databaseOf(t, w.dsn)), lockkey.Safemig("safemig", "migration")), strings.Fields(w.table(t)))
		})
	}
}

// table is the name under which the statements know the tool's table.
func (w *world) table(t testing.TB) string {
	t.Helper()
	name, err := w.text("SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('t', 'counter')")
	if err != nil || name == "" {
		t.Errorf("no version table: %v", err)
	}
	return name
}

// inOrder reads a run's statements: every lock is asked for before the first body, every
// body's record follows it, no lock is given back before the last record.
func inOrder(t *testing.T, all []sent, locks []int64, tables []string) {
	t.Helper()
	first := func(from int, parts ...string) int {
		for i := from; i < len(all); i++ {
			if containsAll(all[i].text, parts) {
				return i
			}
		}
		t.Errorf("never sent: %q", parts)
		return len(all) - 1
	}
	at := first(0, "CREATE TABLE t (")
	home, last := all[at].pid, 0
	for _, body := range []string{"CREATE TABLE t (", "CREATE INDEX CONCURRENTLY t_v", "ALTER TABLE t ADD", "WHERE id = 5", "WHERE id = 6"} {
		i := first(0, body)
		for _, name := range append([]string{"safemig.migration"}, quoted(tables)...) {
			record := first(i, "safemig:record", name)
			commit := first(record, "safemig:commit")
			if all[i].pid != home || all[record].pid != home || all[commit].pid != home {
				t.Errorf("%s is not on one backend with its record in %s", body, name)
			}
			last = max(last, commit)
		}
	}
	for _, key := range locks {
		lock := first(0, "safemig:lock", fmt.Sprintf("(%d)", key))
		unlock := first(lock, "safemig:unlock", fmt.Sprintf("_unlock(%d)", key))
		if lock > at || unlock < last || all[lock].pid != home || all[unlock].pid != home {
			t.Errorf("key %d: locked at %d, unlocked at %d, first body at %d, last commit at %d", key, lock, unlock, at, last)
		}
	}
}

func quoted(names []string) (out []string) {
	for _, n := range names {
		out = append(out, `"`+n+`"`)
	}
	return out
}

func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// Kills, with every table.
func TestKillsWithEveryHistory(t *testing.T) {
	s := pgtest.ForTest(t)
	for history := range tables {
		t.Run(history, func(t *testing.T) {
			k := newKiller(t)
			for k.kills < *killsWanted/20 {
				w := newWorld(t, s)
				w.history = history
				for _, b := range k.round(t, w, safemig, 3, 6) {
					t.Error(b)
				}
				w.close()
				if t.Failed() {
					return
				}
			}
			t.Logf("%d kills", k.kills)
		})
	}
}
