package analyzer

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/safemig/safemig/internal/migration"
)

// message is one text that the program sends.
type message struct {
	text
	on     class
	v      *types.Var // what it is sent on
	wrap   migration.Wrap
	optOut string
	unsure bool // the transaction is not known
}

// inlineDepth is how far calls of the package's own functions are followed.
const inlineDepth = 3

// messages gives what a function sends, in the order of its text; functions of
// this package that it hands a connection to are part of it.
func (p *pkg) messages(u *unit, by part, skip map[ast.Node]bool) []message {
	var out []message
	seen := map[*unit]bool{}
	var walk func(u *unit, depth int)
	walk = func(u *unit, depth int) {
		if seen[u] || depth > inlineDepth {
			return
		}
		seen[u] = true
		byExpr := map[*ast.CallExpr]*call{}
		for _, c := range u.calls {
			byExpr[c.expr] = c
		}
		ast.Inspect(u.body, func(n ast.Node) bool {
			if skip[n] && n != u.node {
				return false
			}
			e, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if c := byExpr[e]; c != nil {
				out = append(out, c.messages(p, by)...)
			} else if callee := p.callee(e); callee != nil && p.handsOver(e) {
				callee.used = true
				walk(callee, depth+1)
			}
			return true
		})
	}
	walk(u, 0)
	return out
}

// handsOver tells whether a call gives a connection on, or is a method's.
func (p *pkg) handsOver(e *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && p.pass.TypesInfo.Selections[sel] != nil {
		return true
	}
	return slices.ContainsFunc(e.Args, func(a ast.Expr) bool {
		t := p.pass.TypesInfo.TypeOf(a)
		if ptr, ok := t.(*types.Pointer); ok {
			t = ptr.Elem()
		}
		n, ok := types.Unalias(t).(*types.Named)
		if !ok || n.Obj().Pkg() == nil {
			return false
		}
		_, ok = sinkTypes[unversioned(n.Obj().Pkg().Path())+"."+n.Obj().Name()]
		return ok
	})
}

// messages gives the texts of one call with their transaction.
func (c *call) messages(p *pkg, by part) []message {
	m := message{on: c.on, v: p.varOf(c.recv), wrap: migration.WrapNone}
	switch c.on {
	case tx:
		m.wrap = migration.WrapFile
		if by.wrap == migration.WrapFile {
			m.optOut = by.optOut
		}
	case unknown:
		m.wrap, m.optOut, m.unsure = by.wrap, by.optOut, by.unsure
	}
	var out []message
	for _, t := range c.texts {
		if !t.partial && len(t.pieces) > 0 {
			m.text = t
			out = append(out, m)
		}
	}
	return out
}

// texts as a library sends them.
func (by part) messages() []message {
	var out []message
	for _, t := range by.texts {
		if !t.partial && len(t.pieces) > 0 {
			out = append(out, message{text: t, on: conn, wrap: by.wrap, optOut: by.optOut, unsure: by.unsure})
		}
	}
	return out
}

// sections puts messages that share a transaction, or follow each other on one
// connection, together. A message of several statements is one of the simple
// protocol: database/sql and pgx use it where there are no arguments.
func sections(ms []message) []migration.Section {
	var out []migration.Section
	for len(ms) > 0 {
		n := 1
		for n < len(ms) && ms[n].wrap == ms[0].wrap && ms[n].v == ms[0].v && ms[n].on == ms[0].on && ms[n].file() == ms[0].file() {
			n++
		}
		out = append(out, section(ms[:n]))
		ms = ms[n:]
	}
	return out
}

// file is the one in which a message stands: where its first bytes do.
func (t *text) file() *migration.File {
	for _, pc := range t.pieces {
		if pc.n > 0 {
			return pc.file
		}
	}
	return t.pieces[0].file
}

func section(ms []message) migration.Section {
	file := ms[0].file()
	s := migration.Section{File: file, Run: migration.Run{Wrap: ms[0].wrap, OptOut: ms[0].optOut,
		Alone: "in a call of its own", Batches: []migration.Span{}}}
	s.Run.Pipeline = ms[0].on == batch
	last := ms[0].pieces[0].off
	for i := range ms {
		if i > 0 {
			s.Map.Segments = append(s.Map.Segments, migration.Segment{Text: len(s.Text), File: last})
			s.Text = append(s.Text, "\n;\n"...)
		}
		start := len(s.Text)
		for _, pc := range ms[i].pieces {
			seg := migration.Segment{Text: start + pc.at, File: pc.off, Len: pc.n}
			if pc.file != file { // a constant of another file: it stands where the rest does
				seg.File, seg.Len = last, 0
			}
			s.Map.Segments = append(s.Map.Segments, seg)
			last = seg.File + seg.Len
		}
		s.Text = append(s.Text, ms[i].value...)
		s.Run.Batches = append(s.Run.Batches, migration.Span{Start: start, End: len(s.Text)})
	}
	if s.Run.Pipeline {
		s.Run.Batches = nil // all of it is one
	}
	if g := s.Map.Segments; len(g) == 1 && g[0].Len == len(s.Text) { // straight: rules may offer edits
		s.Map = migration.SourceMap{Base: g[0].File}
	}
	return s
}
