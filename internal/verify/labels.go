package verify

import (
	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
)

// newLabels are the values that the transaction under way has added to enums, and
// that it cannot use (AddEnumLabel, pg_enum.c).
type newLabels struct {
	tx     int
	labels []newLabel
}

type newLabel struct {
	enum  catalog.Name
	value string
}

// used gives the new value that a statement may use: whether a literal is meant
// for the enum cannot always be told. "" where there is none.
func (n *newLabels) used(v lint.Visit) string {
	if v.Stmt.Tx.ID != n.tx || !v.Stmt.Tx.Block() {
		*n = newLabels{tx: v.Stmt.Tx.ID}
	}
	found := ""
	if len(n.labels) > 0 {
		mark := v.Catalog.Mark()
		for i := range v.Effects {
			v.Catalog.Apply(v.Effects[i].Change)
		}
		for _, l := range n.labels {
			if _, yes, sure := effect.UsesEnumValue(v.Stmt, v.Effects, v.Catalog, l.enum, l.value); yes && sure {
				found = l.value
			}
		}
		v.Catalog.Rollback(mark)
	}
	for _, e := range v.Effects {
		if e.Op == effect.AddEnumValue && !e.NoOp && v.Stmt.Tx.Block() && !(e.New && v.History.PG >= 17) {
			n.labels = append(n.labels, newLabel{e.Target, e.Object})
		}
	}
	return found
}
