package rules

import "github.com/safemig/safemig/internal/pgsql"

// undone tells whether the statement is rolled back, with its transaction or to a savepoint
// before it: it has locked, but nothing of what it did stays.
func (p *Pass) undone() bool {
	before := map[string]bool{} // savepoints
	for i := p.Index - 1; i >= 0 && p.Stmts[i].Tx.ID == p.Stmts[p.Index].Tx.ID; i-- {
		if c := p.Stmts[i].TxControl(); c.Op == pgsql.TxOpSavepoint {
			before[c.Name] = true
		}
	}
	for i := p.Index + 1; i < len(p.Stmts) && p.Stmts[i].Tx.ID == p.Stmts[p.Index].Tx.ID; i++ {
		switch c := p.Stmts[i].TxControl(); c.Op {
		case pgsql.TxOpRollback:
			return true
		case pgsql.TxOpSavepoint:
			before[c.Name] = false // which hides the one before
		case pgsql.TxOpRollbackTo:
			if before[c.Name] {
				return true
			}
		}
	}
	return false
}
