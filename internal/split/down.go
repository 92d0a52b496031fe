package split

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
)

// downPiece is a statement of the down section, or one action of it.
type downPiece struct {
	text string
	keys []string
}

// keysOf names the things that effects make or take away, so that a statement
// and the one that takes it back have one in common.
func keysOf(effects []effect.Effect) []string {
	var out []string
	for _, e := range effects {
		if e.Op == effect.Also {
			continue
		}
		table := e.Target.String()
		switch e.Op {
		case effect.AddColumn, effect.DropColumn:
			out = append(out, "column "+table+"."+e.Column)
		case effect.SetNotNull, effect.DropNotNull, effect.AddNotNull:
			out = append(out, "not null "+table+"."+e.Column)
		case effect.AlterType:
			out = append(out, "type "+table+"."+e.Column)
		case effect.SetDefault, effect.DropDefault:
			out = append(out, "default "+table+"."+e.Column)
		case effect.AddCheck, effect.AddForeignKey, effect.AddUnique, effect.AddPrimaryKey, effect.AddExclusion, effect.DropConstraint:
			out = append(out, "constraint "+table+"."+e.Object)
		case effect.CreateIndex:
			e.Target.Name = e.Object
			out = append(out, "relation "+e.Target.String())
		case effect.DropIndex, effect.CreateTable, effect.CreateTableAs, effect.DropTable, effect.CreateView, effect.DropView,
			effect.CreateSequence, effect.DropSequence, effect.CreateMatView, effect.DropMatView:
			out = append(out, "relation "+table)
		case effect.CreateFunction, effect.DropFunction:
			out = append(out, "function "+table)
		case effect.CreateTrigger, effect.DropTrigger:
			out = append(out, "trigger "+table+"."+e.Object)
		default:
			if e.Object != "" || e.Target.Name != "" {
				out = append(out, "object "+table+"."+e.Object)
			}
		}
	}
	return out
}

// down takes one statement of the down section.
func (w *work) down(v lint.Visit) {
	s := v.Stmt
	if s.Err != nil || s.Section.Map.Segments != nil {
		w.fail("a statement of its down section does not parse")
		return
	}
	src := s.Section.File.Src
	op := s.TxControl().Op
	if op != 0 {
		return // the layout writes its own
	}
	if len(v.Effects) > 0 && !slices.ContainsFunc(v.Effects, func(e effect.Effect) bool { return !timeout(e) }) {
		return // every part begins with its own
	}
	if n := s.Clauses(); n > 1 {
		first := s.Clause(0).Start
		head := string(src[s.Span.Start:first])
		for i := range n {
			at := s.Clause(i)
			w.downs = append(w.downs, downPiece{head + string(src[at.Start:at.End]), keysOf(ofAction(v.Effects, at))})
		}
		return
	}
	w.downs = append(w.downs, downPiece{string(src[s.Span.Start:s.Span.End]), keysOf(v.Effects)})
}

// timeout tells whether an effect sets how long is waited.
func timeout(e effect.Effect) bool {
	return (e.Op == effect.SetSetting || e.Op == effect.ResetSetting) &&
		slices.Contains([]string{"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"}, e.Detail.Name)
}

// ofAction gives the effects of one action.
func ofAction(effects []effect.Effect, at migration.Span) []effect.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e effect.Effect) bool { return e.Span != at })
}

// reversible tells whether the migration has a way down that does something.
func (w *work) reversible() bool { return len(w.downs) > 0 }

// assignDowns gives every statement of the down section to the step whose
// statements it takes back; what the sequence takes back by itself needs no other.
func (w *work) assignDowns(steps []step) {
	if !w.reversible() {
		for i := range steps {
			steps[i].down = nil
		}
		return
	}
	own := map[string]bool{} // taken back by the sequence
	for _, u := range w.units {
		for _, k := range u.own {
			own[k] = true
		}
	}
	last := -1
	for i := range steps {
		if len(steps[i].keys) > 0 && !steps[i].alone {
			last = i
		}
	}
	given := make([][]string, len(steps))
	before := -1 // the step of the statement before
	for _, d := range w.downs {
		at := -1
		for i := range steps {
			if slices.ContainsFunc(d.keys, func(k string) bool { return slices.Contains(steps[i].keys, k) }) {
				at = i
			}
		}
		if at < 0 && slices.ContainsFunc(d.keys, func(k string) bool { return own[k] }) {
			continue
		}
		if at < 0 {
			at = before // what takes back nothing that is known stays behind the one before it
		}
		if at < 0 {
			at = last
		}
		if at < 0 {
			at = w.firstTx(steps)
		}
		if at >= 0 {
			given[at] = append(given[at], d.text)
			before = at
		}
	}
	for i := range steps {
		if steps[i].alone && len(steps[i].down) > 0 {
			continue
		}
		steps[i].down = append(slices.Clone(steps[i].down), given[i]...) // what came last goes first
	}
}

// firstTx is the first step that is a transaction, -1 for none.
func (w *work) firstTx(steps []step) int {
	return slices.IndexFunc(steps, func(s step) bool { return !s.alone })
}

// bare is a statement without its comments at the beginning.
func bare(sql string) string {
	for strings.HasPrefix(sql, "--") {
		_, sql, _ = strings.Cut(sql, "\n")
	}
	return sql
}
