package runner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/lockkey"
)

// histories make a History from what stands behind the tool's name in --history.
var histories = map[string]func(detail string) (History, error){
	"goose":          onTable(newGoose),
	"golang-migrate": onTable(newGolangMigrate),
	"dbmate":         onTable(newDbmate),
	"tern":           onTable(newTern),
	"rails":          onTable(newRails),
	"sqlx":           onTable(newSQLx),
	"flyway":         onTable(newFlyway),
	"ecto":           newEcto,
}

// Histories are the names that HistoryByName takes.
func Histories() []string { return slices.Sorted(maps.Keys(histories)) }

// HistoryByName gives the version table of a migration tool: its name, and after a colon
// the table where it is not the tool's default, "goose:app.versions". Without a schema
// the table is looked for as the tool does, on the connection's search_path.
//
// Ecto's name is followed by the repository, whose name makes its lock, and by the prefix
// if there is one: "ecto:My.Repo", "ecto:My.Repo@tenant_a". The repository may be left out
// where Ecto does not lock by :pg_advisory_lock.
//
// A History belongs to one run: it remembers where it found its table.
func HistoryByName(spec string) (History, error) {
	name, detail, _ := strings.Cut(spec, ":")
	make, ok := histories[name]
	if !ok {
		return nil, fmt.Errorf("no history %q; known are %s", name, strings.Join(Histories(), ", "))
	}
	return make(detail)
}

// onTable reads detail as schema.table or table.
func onTable(make func(schema, name string) History) func(string) (History, error) {
	return func(detail string) (History, error) {
		schema, name, ok := strings.Cut(detail, ".")
		if !ok {
			schema, name = "", detail
		}
		if strings.Contains(name, ".") || ok && (schema == "" || name == "") {
			return nil, fmt.Errorf("%q is no table: write schema.table", detail)
		}
		return make(schema, name), nil
	}
}

// lock is one of a tool's advisory locks.
func (t *table) lock(key int64) []AdvisoryLock { return []AdvisoryLock{{Key: key, Tool: t.tool}} }

// gooseLocks are the keys of goose's session lockers; goose without one takes no lock.
func (t *table) gooseLocks() []AdvisoryLock {
	return append(t.lock(lockkey.Goose), t.lock(lockkey.GooseEarly)...)
}
