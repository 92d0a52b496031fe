package effect

import (
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// unparsed judges a statement that the parser refused by its leading keywords:
// the lock that they imply on the relation that follows, and nothing more.
func (o *of) unparsed() {
	words, names := o.s.Leading()
	e := Effect{Op: Unparsed, Object: strings.Join(words, " "), Span: o.s.Span}
	lock := map[string]LockMode{"ALTER TABLE": AccessExclusive, "DROP TABLE": AccessExclusive, "TRUNCATE": AccessExclusive,
		"CREATE INDEX": Share, "CREATE UNIQUE INDEX": Share, "DROP INDEX": AccessExclusive, "CREATE TRIGGER": ShareRowExclusive,
		"INSERT INTO": RowExclusive, "UPDATE": RowExclusive, "DELETE FROM": RowExclusive, "MERGE INTO": RowExclusive}[e.Object]
	for _, w := range []string{"VACUUM", "REINDEX DATABASE", "REINDEX SYSTEM", "REINDEX SCHEMA", "CREATE DATABASE", "DROP DATABASE",
		"CREATE TABLESPACE", "DROP TABLESPACE", "ALTER SYSTEM", "DISCARD ALL"} {
		if strings.HasPrefix(e.Object+" ", w+" ") {
			o.noTransaction(w)
			if w == "REINDEX DATABASE" {
				o.reindexAll("", false)
			}
			return
		}
	}
	if lock == NoLock || len(names) == 0 || len(names) > 3 {
		o.add(e)
		return
	}
	schema := ""
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	r := o.named(schema, names[len(names)-1], catalog.Table)
	x := o.on(Unparsed, r, lock)
	x.Object = e.Object
	o.add(x)
}
