package report

import "github.com/safemig/safemig/internal/effect"

// waiting is who waits for a lock, from nobody to everybody.
type waiting int

// Who waits, each with all that wait before it.
const (
	waitNobody waiting = iota
	waitDDL            // CREATE INDEX, ALTER TABLE and the like
	waitVacuum         // and what takes SHARE UPDATE EXCLUSIVE
	waitWrites         // and INSERT, UPDATE, DELETE
	waitReads          // and SELECT
)

// waitsFor says who waits for a lock mode.
func waitsFor(m effect.LockMode) waiting {
	switch {
	case m.BlocksReads():
		return waitReads
	case m.BlocksWrites():
		return waitWrites
	case m.Conflicts(effect.ShareUpdateExclusive):
		return waitVacuum
	case m.Conflicts(effect.AccessExclusive):
		return waitDDL
	}
	return waitNobody
}

// waiting is who waits for what the statement takes on the relation.
func (e *LockEffect) waiting() waiting {
	if e.New {
		return waitNobody
	}
	return waitsFor(e.mode)
}

// short is for tables.
func (w waiting) short() string {
	return [...]string{"nobody", "DDL", "DDL, vacuum", "writes", "reads, writes"}[w]
}

// sentence says it with its verb, without a capital.
func (w waiting) sentence() string {
	return [...]string{
		"nobody waits",
		"CREATE INDEX and other DDL wait, or DROP and ALTER TABLE alone",
		"DDL, autovacuum, VACUUM, ANALYZE and CREATE INDEX CONCURRENTLY wait",
		"INSERT, UPDATE and DELETE wait, autovacuum and DDL as well; SELECT goes on",
		"everything waits, SELECT too",
	}[w]
}

// title names it for a legend.
func (w waiting) title() string {
	return [...]string{"nobody waits", "DDL waits", "vacuum and DDL wait", "writes wait", "reads and writes wait"}[w]
}

// class is the CSS class of its colour.
func (w waiting) class() string { return [...]string{"w0", "w1", "w2", "w3", "w4"}[w] }

// strong tells whether the application notices.
func (w waiting) strong() bool { return w >= waitWrites }

func (w waiting) color() string { return [...]string{dim, "", blue, yellow, red}[w] }

// workRank orders work by how long it keeps others waiting.
func workRank(w effect.Work) int {
	switch {
	case w.Has(effect.Rewrite):
		return 4
	case w.Has(effect.Build):
		return 3
	case w.Has(effect.Copy):
		return 2
	case w.Has(effect.Scan):
		return 1
	}
	return 0
}

// workNames is the work with what JSON leaves out.
func workNames(w effect.Work) []string {
	names := w.Names()
	if w.Has(effect.Copy) {
		names = append(names, "copy")
	}
	return names
}
