package split

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// clause is one action of an ALTER TABLE, or a whole other statement.
type clause struct {
	w       *work
	v       lint.Visit
	s       *pgsql.Statement
	at      migration.Span
	head    string // ALTER TABLE name, with the space behind
	effects []effect.Effect
	rules   []rules.Finding
	rel     *catalog.Relation // before the statement; nil where the catalog has none
}

// expand gives a unit its steps, or says that it must not share a transaction.
func (c *collector) expand(w *work, v lint.Visit, u *unit) {
	found := c.here(v.Stmt.Span, w.m.File.Path)
	if len(found) == 0 {
		return
	}
	w.hazards += len(found)
	if src := v.Stmt.Section.File.Src; string(v.Stmt.Raw()) != string(src[v.Stmt.Span.Start:v.Stmt.Span.End]) {
		w.fail("a statement of it has placeholders")
		return
	}
	if v.Stmt.Clauses() > 0 && isAlterTable(v.Effects) {
		w.alterTable(v, u, found)
		return
	}
	k := w.clause(v, v.Stmt.Span, "", found)
	k.effects = v.Effects
	switch {
	case k.has("index-not-concurrent"):
		u.steps, u.own = k.index(), u.keys
	case k.has("drop-index-not-concurrent"):
		u.steps, u.own = k.dropIndex(), u.keys
	case k.has("concurrently-in-transaction"), k.has("concurrently-with-others"):
		u.alone, u.does = true, "concurrently"
	case k.has("validate-with-lock-held"), k.has("work-while-locked"), k.has("enum-value-used-in-same-transaction"):
		u.cut = true
	default:
		k.leave("it stands in the body of a DO, or in a statement that safemig cannot take apart")
	}
}

func isAlterTable(effects []effect.Effect) bool {
	return len(effects) > 0 && (effects[0].Kind == catalog.Table || effects[0].Kind == catalog.PartitionedTable)
}

func (w *work) clause(v lint.Visit, at migration.Span, head string, found []rules.Finding) *clause {
	k := &clause{w: w, v: v, s: v.Stmt, at: at, head: head, rules: found}
	if len(v.Effects) > 0 {
		k.rel = v.Catalog.Get(v.Effects[0].OID)
	}
	return k
}

func (k *clause) has(id string) bool {
	return slices.ContainsFunc(k.rules, func(f rules.Finding) bool { return f.Rule.ID == id })
}

// leave keeps the clause as it is, and says why.
func (k *clause) leave(why string) []step {
	for _, f := range k.rules {
		k.w.left = append(k.w.left, Left{f, why})
	}
	return nil
}

// alterTable splits an ALTER TABLE by its actions, in the order in which the
// server runs them.
func (w *work) alterTable(v lint.Visit, u *unit, found []rules.Finding) {
	s := v.Stmt
	src := s.Section.File.Src
	head := string(src[s.Span.Start:s.Clause(0).Start])
	var order []migration.Span
	for _, e := range v.Effects {
		if e.Op != effect.Also && !slices.Contains(order, e.Span) {
			order = append(order, e.Span)
		}
	}
	if len(order) != s.Clauses() {
		w.fail("an ALTER TABLE of it does more than safemig knows")
		return
	}
	var out []step
	var plain, plainKeys []string
	tables := []catalog.OID{v.Effects[0].OID}
	flush := func() {
		if len(plain) > 0 {
			out = append(out, step{up: []string{head + strings.Join(plain, ", ")}, tables: tables, keys: plainKeys})
			plain, plainKeys = nil, nil
		}
	}
	cut := false
	for _, at := range order {
		k := w.clause(v, at, head, nil)
		k.effects = ofAction(v.Effects, at)
		for _, f := range found {
			if at.Start <= f.Span.Start && f.Span.Start < at.End {
				k.rules = append(k.rules, f)
			}
		}
		steps, later := k.steps()
		if later {
			flush()
			cut = cut || len(out) == 0
			out = append(out, step{does: "validate", up: []string{head + k.text()}, tables: tables, keys: keysOf(k.effects)})
			continue
		}
		if steps == nil {
			plain = append(plain, string(src[at.Start:at.End]))
			plainKeys = append(plainKeys, keysOf(k.effects)...)
			continue
		}
		u.own = append(u.own, keysOf(k.effects)...)
		for i := range steps {
			steps[i].tables = union(tables, steps[i].tables)
		}
		flush()
		if n := len(out); n > 0 && out[n-1].does == "" && !steps[0].alone {
			out[n-1].join(steps[0])
			steps = steps[1:]
		} else if n > 1 && len(steps) == 2 && out[n-1].stage == validateStage && steps[1].stage == validateStage && slices.Equal(out[n-2].tables, steps[0].tables) {
			out[n-2].join(steps[0])
			out[n-1].join(steps[1])
			steps = nil
		}
		out = append(out, steps...)
	}
	flush()
	switch {
	case len(out) == 1 && out[0].stage == anyStage && !out[0].alone:
		u.cut = cut
	default:
		u.steps = out
		u.cut = cut
	}
}

// text is the clause as it is written, on one line.
func (k *clause) text() string { return k.s.OneLine(k.at) }

// steps gives what takes the clause's place; nil where it stays. later: it stays,
// but in a migration after the one before.
func (k *clause) steps() (out []step, later bool) {
	if len(k.rules) == 0 {
		return nil, false
	}
	e := k.effects[0]
	if k.rel == nil || k.rel.Kind == catalog.PartitionedTable || len(k.rel.Children) > 0 {
		if !k.has("set-not-null") && !k.has("check-validated-at-once") && !k.has("validate-with-lock-held") {
			return k.leave("the table is partitioned or has children: each of them needs steps of its own"), false
		}
	}
	switch {
	case k.has("set-not-null"):
		if e.Op == effect.AddNotNull {
			return k.notValid(e.Object), false
		}
		return k.notNull(k.head, e.Column), false
	case k.has("fk-validated-at-once"), k.has("check-validated-at-once"):
		return k.notValid(e.Object), false
	case e.Op == effect.AddColumn:
		return k.addColumn(), false
	case k.has("unique-builds-index"):
		return k.key(e, "UNIQUE"), false
	case k.has("primary-key-builds-index"):
		return k.key(e, "PRIMARY KEY"), false
	case k.has("primary-key-scans-nullable"):
		return append(k.provedNotNull(e.Detail.Columns), step{does: "key", up: []string{k.head + k.text()},
			down: []string{k.head + "DROP CONSTRAINT IF EXISTS " + catalog.Quote(e.Object)}}), false
	case k.has("alter-column-type"):
		return k.typeChange(e), false
	case k.has("validate-with-lock-held"):
		return nil, true
	}
	return nil, false
}
