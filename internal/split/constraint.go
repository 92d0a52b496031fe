package split

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// notNull is the way to NOT NULL on which nobody waits.
func (k *clause) notNull(head, col string) []step {
	name := catalog.Quote(clip(k.effects[0].Target.Name+"_"+col, 59) + "_set")
	c := catalog.Quote(col)
	drop := head + "DROP CONSTRAINT IF EXISTS " + name
	return []step{
		{does: "check", stage: notValidStage, up: []string{head + "ADD CONSTRAINT " + name + " CHECK (" + c + " IS NOT NULL) NOT VALID"}, down: []string{drop}},
		{does: "validate", stage: validateStage,
			up:   []string{head + "VALIDATE CONSTRAINT " + name, head + "ALTER COLUMN " + c + " SET NOT NULL", head + "DROP CONSTRAINT " + name},
			down: []string{head + "ALTER COLUMN " + c + " DROP NOT NULL", drop, head + "ADD CONSTRAINT " + name + " CHECK (" + c + " IS NOT NULL) NOT VALID"}},
	}
}

// clip cuts a name to so many bytes, not inside a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// notValid is the way to a constraint that old rows must meet too.
func (k *clause) notValid(name string) []step {
	if k.rel != nil && k.rel.Kind == catalog.PartitionedTable && k.has("fk-validated-at-once") {
		return k.leave("a foreign key of a partitioned table cannot be NOT VALID before PostgreSQL 18")
	}
	text := k.text()
	if _, ok := k.s.KeywordIn(k.at, "ADD", "CONSTRAINT"); !ok {
		text = "ADD CONSTRAINT " + catalog.Quote(name) + strings.TrimPrefix(text, text[:3])
	}
	steps := constraintSteps(k.head, text, name)
	for _, e := range k.v.Effects {
		if e.Op == effect.Also && e.Via == effect.AddForeignKey && e.Span == k.at && e.Kind == catalog.Table && !e.New && !e.Same {
			steps[0].tables = append(steps[0].tables, e.OID)
		}
	}
	return steps
}

func constraintSteps(head, add, name string) []step {
	n := catalog.Quote(name)
	return []step{
		{does: "constraint", stage: notValidStage, up: []string{head + add + " NOT VALID"}, down: []string{head + "DROP CONSTRAINT IF EXISTS " + n}},
		{does: "validate", stage: validateStage, up: []string{head + "VALIDATE CONSTRAINT " + n}},
	}
}

// key is the way to UNIQUE or PRIMARY KEY on which nobody waits.
func (k *clause) key(e effect.Effect, kind string) []step {
	columns := make([]string, len(e.Detail.Columns))
	for i, c := range e.Detail.Columns {
		columns[i] = catalog.Quote(c)
	}
	rest, take := "", ""
	if !e.Detail.Inline {
		if g, ok := k.s.Group(k.at, "INCLUDE"); ok {
			rest += " INCLUDE " + k.s.OneLine(g)
		}
		if _, ok := k.s.KeywordIn(k.at, "NULLS", "NOT", "DISTINCT"); ok {
			rest += " NULLS NOT DISTINCT"
		}
		if g, ok := k.s.Group(k.at, "WITH"); ok {
			rest += " WITH " + k.s.OneLine(g)
		}
		if g, ok := k.s.Following(k.at, []string{"DEFERRABLE", "NOT", "INITIALLY"}, "USING", "INDEX", "TABLESPACE"); ok {
			rest += " TABLESPACE " + k.s.OneLine(g)
		}
	}
	for _, words := range [][]string{{"DEFERRABLE", "INITIALLY", "DEFERRED"}, {"DEFERRABLE"}, {"INITIALLY", "DEFERRED"}} {
		if _, ok := k.s.KeywordIn(k.at, words...); ok && take == "" {
			if _, not := k.s.KeywordIn(k.at, "NOT", "DEFERRABLE"); !not {
				take = " " + strings.Join(words, " ")
			}
		}
	}
	name := catalog.Quote(e.Object)
	index := fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)%s", name, e.Target.Short(), list(columns), rest)
	var out []step
	if kind == "PRIMARY KEY" {
		out = k.provedNotNull(e.Detail.Columns)
	}
	return append(out,
		step{does: "index", alone: true, up: []string{index}, down: []string{dropIndex(e.Target.Schema, e.Object)}},
		step{does: "key", up: []string{fmt.Sprintf("%sADD CONSTRAINT %s %s USING INDEX %s%s", k.head, name, kind, name, take)},
			down: []string{goesAlong + k.head + "DROP CONSTRAINT IF EXISTS " + name}})
}

// goesAlong is said where taking back one step is half of what there is to do.
const goesAlong = "-- the index goes with the constraint: take the migration before this one back as well\n"

// provedNotNull makes columns NOT NULL that nothing proves to be.
func (k *clause) provedNotNull(columns []string) []step {
	var out []step
	for _, name := range columns {
		if c, ok := k.rel.Column(name); ok && c.NotNull && !c.NotValid || k.rel.ProvesNotNull(name) {
			continue
		}
		steps := k.notNull(k.head, name)
		if len(out) == 0 {
			out = steps
			continue
		}
		out[0].join(steps[0])
		out[1].join(steps[1])
	}
	return out
}
