package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// ReplicaIdentityLost reports a table that a file leaves without what names a row
// for logical replication: UPDATE and DELETE of a published table then fail.
var ReplicaIdentityLost = register(Rule{
	ID:       "replica-identity-lost",
	Summary:  "a table loses its replica identity: when it is published, UPDATE and DELETE fail",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Section: func(p *SectionPass) {
		for i, effects := range p.Effects {
			for _, e := range effects {
				what := p.losesIdentity(e)
				if what == "" || e.New || e.Same || p.refused(i) || p.undone(i) || p.Down {
					continue
				}
				r := p.Catalog.Lookup(e.Target)
				if r == nil || p.identified(r) {
					continue // it has another by the end of the file, or is gone
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("%s leaves %s without a replica identity", what, e.Target)
				f.Consequence = "if a publication has the table, every UPDATE and DELETE fails with SQLSTATE 55000 from the commit on"
				f.Hint = fmt.Sprintf("ALTER TABLE %s REPLICA IDENTITY USING INDEX …, of a unique index on NOT NULL columns\nor REPLICA IDENTITY FULL, which sends whole rows", e.Target.Short())
				if pubs := p.publication(r); pubs != "" {
					f.Severity = Error
					f.Consequence = fmt.Sprintf("the publication %s has the table: every UPDATE and DELETE fails with SQLSTATE 55000 from the commit on", pubs)
				}
				p.Report(f)
			}
		}
	},
})

// losesIdentity says by what an effect may take a table's replica identity, "" if
// it does not.
func (p *SectionPass) losesIdentity(e effect.Effect) string {
	switch {
	case e.Op == effect.ReplicaIdentity && e.Detail.Value == "nothing":
		return "REPLICA IDENTITY NOTHING"
	case e.Op == effect.ReplicaIdentity && e.Detail.Value == "default":
		if r := p.Catalog.Lookup(e.Target); r != nil && !r.Assumed {
			return "REPLICA IDENTITY DEFAULT"
		}
	case e.Op == effect.DropConstraint && e.Detail.Kind == catalog.PrimaryKey:
		return "DROP CONSTRAINT " + catalog.Quote(e.Object)
	}
	return ""
}

// identified tells whether logical replication can name the rows of a table.
func (p *SectionPass) identified(r *catalog.Relation) bool {
	switch r.ReplIdent {
	case "full", "index":
		return true
	case "nothing":
		return false
	}
	_, has := r.Primary()
	return has
}
