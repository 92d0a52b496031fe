package rules

import (
	"fmt"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// TableWithoutPrimaryKey reports a table that the history creates and that has no
// primary key at its end: nothing names one of its rows.
var TableWithoutPrimaryKey = register(Rule{
	ID:       "table-without-primary-key",
	Summary:  "a table has no primary key: nothing names one of its rows",
	Category: Hygiene,
	Severity: Info,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		for _, r := range p.Catalog.Relations() {
			if r.Migration == 0 || r.Migration > len(p.Migrations) || !p.needsKey(r) {
				continue
			}
			f := p.where(r.Migration, func(e effect.Effect) bool {
				return e.Op == effect.CreateTable && e.Target == r.Name && !e.NoOp && len(e.Detail.Columns) == 0 && e.Detail.Ref.Name == ""
			})
			if f.Statement.Len() == 0 {
				continue // it came by another name, or had a key: see replica-identity-lost
			}
			f.Relation = r.Name.String()
			f.Message = fmt.Sprintf("%s has no primary key", r.Name)
			f.Consequence = "rows that were put in twice cannot be told apart; UPDATE and DELETE fail once the table is published for logical replication"
			f.Hint = "add a primary key, if only id bigint GENERATED ALWAYS AS IDENTITY"
			if pub := p.publication(r); pub != "" {
				f.Severity = Error
				f.Message = fmt.Sprintf("%s has no primary key, and the publication %s has it", r.Name, pub)
				f.Consequence = "every UPDATE and DELETE of it fails with SQLSTATE 55000"
				f.Hint = lines(f.Hint, "or REPLICA IDENTITY FULL, which sends whole rows")
			}
			p.Report(f)
		}
	},
})

// needsKey tells whether a table of rows that stay has no key that names them.
func (p *HistoryPass) needsKey(r *catalog.Relation) bool {
	if r.Kind != catalog.Table && r.Kind != catalog.PartitionedTable || r.Persistence != catalog.Permanent || len(r.Parents) > 0 || r.Assumed || r.Partial || r.OfType != 0 {
		return false
	}
	if _, ok := r.Primary(); ok || r.ReplIdent == "full" || r.ReplIdent == "index" || slices.Contains(versionTables, r.Name.Name) {
		return false
	}
	return !slices.ContainsFunc(r.Indexes, func(oid catalog.OID) bool { // a unique index on NOT NULL columns is one
		ix := p.Catalog.Get(oid)
		return ix != nil && ix.Unique && ix.Predicate == "" && !ix.HasExpr && !slices.ContainsFunc(ix.Keys, func(k string) bool {
			c, ok := r.Column(k)
			return !ok || !c.NotNull
		}) && p.publication(r) == ""
	})
}

// publication names a publication that is known to have the table, "" for none.
func (c *Context) publication(r *catalog.Relation) string {
	for _, o := range c.Catalog.Objects("publication") {
		if o.All || slices.Contains(o.Relations, r.OID) {
			return catalog.Quote(o.Name.Name)
		}
	}
	return ""
}
