package split

import (
	"fmt"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/pgsql"
)

// retype is the change of a column's type by way of a second column.
type retype struct {
	*clause
	col       *catalog.Column
	old, next string // the columns, as SQL writes them
	name      string // of next
	value     string // of the new column, from the old one
	build     []step // indexes and constraints of the new column
	contract  []string
}

// typeChange is the way to another type on which nobody waits: a second column,
// which a trigger keeps up, is filled in batches, gets what the first one has, and
// takes its name.
func (k *clause) typeChange(e effect.Effect) []step {
	r := k.rel
	if why := k.tooMuch(e); why != "" {
		return k.leave(why)
	}
	col, _ := r.Column(e.Column)
	t := &retype{clause: k, col: col, old: catalog.Quote(col.Name), name: clip(col.Name, 59) + "_new"}
	t.next = catalog.Quote(t.name)
	if _, taken := r.Column(t.name); taken {
		return k.leave("the column " + t.next + " is there already")
	}
	t.value = t.old
	using := ""
	if at, ok := k.s.Following(k.at, nil, "USING"); ok {
		using = k.s.OneLine(at)
		t.value = using
	}
	if why := t.dependents(); why != "" {
		return k.leave(why)
	}
	function := catalog.Name{Schema: r.Name.Schema, Name: clip(r.Name.Name, 30) + "_" + clip(col.Name, 25) + "_sync"}
	trigger := catalog.Quote(k.lastTrigger(function.Name))
	table := r.Name.Short()
	collate := ""
	if at, ok := k.s.Following(k.at, []string{"USING"}, "COLLATE"); ok {
		collate = " COLLATE " + k.s.OneLine(at)
	}
	row := t.value
	for _, c := range r.Columns {
		row = pgsql.ReplaceName(row, c.Name, func(text string) string { return "NEW." + text })
	}
	drop := []string{"DROP TRIGGER IF EXISTS " + trigger + " ON " + table, "DROP FUNCTION IF EXISTS " + function.Short() + "()"}
	expand := step{does: "expand", up: []string{
		k.head + "ADD COLUMN " + t.next + " " + e.Detail.Type + collate,
		fmt.Sprintf("CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $sync$\nBEGIN\n  NEW.%s := %s;\n  RETURN NEW;\nEND\n$sync$", function.Short(), t.next, row),
		fmt.Sprintf("CREATE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()", trigger, table, function.Short()),
	}, down: append(slices.Clone(drop), k.head+"DROP COLUMN IF EXISTS "+t.next)}

	const kept = " the column of the new type has the values and takes the name\n"
	renames := "-- safemig:ignore rename-column" + kept
	if k.w.h.Tool == "liquibase" { // all is one file, which made the column itself
		renames = ""
	}
	contract := step{does: "contract", up: []string{"DROP TRIGGER " + trigger + " ON " + table, "DROP FUNCTION " + function.Short() + "()"}}
	for _, s := range r.Seqs {
		if q := k.v.Catalog.Get(s); q != nil && q.OwnerColumn == col.Name { // DROP COLUMN would take it along
			contract.up = append(contract.up, "ALTER SEQUENCE "+q.Name.Short()+" OWNED BY "+table+"."+t.next)
		}
	}
	contract.up = append(contract.up,
		"-- safemig:ignore drop-column"+kept+k.head+"DROP COLUMN "+t.old,
		renames+k.head+"RENAME COLUMN "+t.next+" TO "+t.old)
	if col.Default.Set {
		contract.up = append(contract.up, k.head+"ALTER COLUMN "+t.old+" SET DEFAULT "+t.defaultText())
	}
	contract.up = append(contract.up, t.contract...)
	if text, ok := k.w.past.comments[column{r.OID, col.Name}]; ok {
		contract.up = append(contract.up, text)
	}
	contract.keys = keysOf(k.effects) // what takes the change back takes this back
	out := []step{expand, k.fill(t.next, t.value, fmt.Sprintf("%s IS NULL AND (%s) IS NOT NULL", t.next, t.value))}
	return append(append(out, t.build...), contract)
}

// lastTrigger gives a trigger a name by which it fires behind those that are there:
// they fire in the order of their names, and may change the value.
func (k *clause) lastTrigger(name string) string {
	for range 3 {
		if !slices.ContainsFunc(k.rel.Triggers, func(t catalog.Trigger) bool { return t.Name >= name }) {
			break
		}
		name = "zz_" + name
	}
	return name
}

// defaultText is the column's default, that of a serial column spelled out.
func (t *retype) defaultText() string {
	if q := t.v.Catalog.Get(t.col.Default.Sequence); q != nil {
		return "nextval('" + strings.ReplaceAll(q.Name.String(), "'", "''") + "'::regclass)"
	}
	return t.col.Default.Text
}

// tooMuch says why a second column cannot take the place of the first.
func (k *clause) tooMuch(e effect.Effect) string {
	r := k.rel
	if r == nil || r.Assumed || r.Partial {
		return "no migration creates the table: what else the column has is not known (--schema FILE says it)"
	}
	col, ok := r.Column(e.Column)
	switch {
	case !ok:
		return "no migration adds the column"
	case k.w.past.distinct:
		return "the history has NULLS NOT DISTINCT, and of which constraints is not known"
	case r.Kind != catalog.Table || len(r.Parents) > 0 || len(r.Children) > 0 || r.OfType != 0:
		return "the table is partitioned, or has parents or children"
	case col.Identity != 0:
		return "the column is an identity: its sequence cannot be handed over"
	case col.Generated != 0 || slices.ContainsFunc(r.Columns, func(c catalog.Column) bool { return slices.Contains(c.GenUses, col.Name) }):
		return "the column is generated, or another one is from it"
	case len(r.Rules) > 0 || len(r.Policies) > 0:
		return "the table has rules or policies, which may name the column"
	case r.ReplIdent == "index" || r.ClusterOn != 0:
		return "an index of the table is its replica identity, or the one it is clustered on"
	case k.w.past.settings[column{r.OID, col.Name}]:
		return "the column has settings of its own (statistics, storage)"
	}
	if what := k.w.past.apart[r.OID]; what != "" {
		return "columns of the table have " + what + " of their own"
	}
	for _, v := range r.Views {
		return "the view " + k.v.Catalog.Get(v).Name.String() + " reads the table"
	}
	for _, tr := range r.Triggers {
		if tr.Name >= "zz_zz_zz_" {
			return "the trigger " + catalog.Quote(tr.Name) + " would fire behind the one that keeps the new column up"
		}
		if slices.Contains(tr.Columns, col.Name) {
			return "the trigger " + catalog.Quote(tr.Name) + " names the column"
		}
	}
	for _, ref := range r.RefBy {
		for _, c := range k.v.Catalog.Get(ref).Constraints {
			if c.Ref == r.OID && (len(c.RefColumns) == 0 || slices.Contains(c.RefColumns, col.Name)) {
				return "foreign keys refer to the column: " + catalog.Quote(c.Name)
			}
		}
	}
	return ""
}

// dependents plans what the new column needs before it takes the place of the old
// one: NOT NULL, indexes and keys.
func (t *retype) dependents() (why string) {
	for i := range t.rel.Constraints {
		c := &t.rel.Constraints[i]
		if c.Kind == catalog.NotNull || c.Kind == catalog.Unique || c.Kind == catalog.PrimaryKey || !slices.Contains(c.Columns, t.col.Name) && !pgsql.Mentions(c.Expr, t.col.Name) {
			continue
		}
		return "the constraint " + catalog.Quote(c.Name) + " is on the column: take it away first, and add it again NOT VALID"
	}
	if t.col.NotNull {
		steps := t.notNull(t.head, t.name)
		steps[0].does = "not_null"
		for i := range steps {
			steps[i].down = nil // it goes with the column
		}
		t.build = append(t.build, steps...)
	}
	for _, oid := range t.rel.Indexes {
		ix := t.v.Catalog.Get(oid)
		if ix == nil || !slices.Contains(ix.Keys, t.col.Name) && !slices.Contains(ix.Include, t.col.Name) && !slices.Contains(ix.Mentions, t.col.Name) {
			continue
		}
		if why := t.index(ix); why != "" {
			return why
		}
	}
	return ""
}

// index builds for the new column what the old one has.
func (t *retype) index(ix *catalog.Relation) (why string) {
	name := clip(ix.Name.Name, 59) + "_new"
	sql := ""
	if c, ok := t.rel.FindConstraint(ix.Constraint); ok && ix.Constraint != "" {
		sql = fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)", catalog.Quote(name), t.rel.Name.Short(), list(t.swapped(ix.Keys)))
		if len(ix.Include) > 0 {
			sql += " INCLUDE (" + list(t.swapped(ix.Include)) + ")"
		}
		kind := map[catalog.ConstraintKind]string{catalog.Unique: "UNIQUE", catalog.PrimaryKey: "PRIMARY KEY"}[c.Kind]
		if kind == "" {
			return "the constraint " + catalog.Quote(c.Name) + " is on the column"
		}
		take := fmt.Sprintf("%sADD CONSTRAINT %s %s USING INDEX %s", t.head, catalog.Quote(c.Name), kind, catalog.Quote(name))
		if c.Deferrable {
			take += " DEFERRABLE"
		}
		if c.Deferred {
			take += " INITIALLY DEFERRED"
		}
		t.contract = append(t.contract, take)
	} else {
		text, known := t.w.past.indexes[ix.Name]
		on := strings.Index(strings.ToUpper(text), " ON ")
		open := strings.Index(text, "(")
		if !known || on < 0 || open < on {
			return "how the index " + ix.Name.Short() + " was made is not known"
		}
		unique := ""
		if ix.Unique {
			unique = "UNIQUE "
		}
		sql = "CREATE " + unique + "INDEX CONCURRENTLY " + catalog.Quote(name) + text[on:open] +
			pgsql.ReplaceName(text[open:], t.col.Name, func(string) string { return t.next })
		t.contract = append(t.contract, "ALTER INDEX "+catalog.Name{Schema: ix.Name.Schema, Name: name}.Short()+" RENAME TO "+catalog.Quote(ix.Name.Name))
	}
	t.build = append(t.build, step{does: "index", alone: true, up: []string{sql}, down: []string{dropIndex(ix.Name.Schema, name)}})
	return ""
}

// swapped names columns, the new one in the place of the old.
func (t *retype) swapped(columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		if out[i] = catalog.Quote(c); c == t.col.Name {
			out[i] = t.next
		}
	}
	return out
}
