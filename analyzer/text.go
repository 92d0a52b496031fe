package analyzer

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/migration"
)

// text is one value that an expression may have, and where its bytes stand.
type text struct {
	value   string
	pieces  []piece
	partial bool // parts that only the running program knows are missing
}

// piece: the n bytes at an offset of the value stand in a file side by side. Of
// bytes that stand nowhere n is 0, and the place is that of the expression.
type piece struct {
	at   int
	n    int
	file *migration.File
	off  int
}

func (t *text) add(u text) {
	for _, pc := range u.pieces {
		pc.at += len(t.value)
		t.pieces = append(t.pieces, pc)
	}
	t.value += u.value
	t.partial = t.partial || u.partial
}

// maxTexts bounds how many values one expression is followed to.
const maxTexts = 500

// texts gives the values that an expression is known to have, in the order in
// which the program would meet them; none where that is not known.
func (p *pkg) texts(e ast.Expr) []text { return p.resolve(e, 0) }

func (p *pkg) resolve(e ast.Expr, depth int) []text {
	if depth > 20 || e == nil {
		return nil
	}
	if tv := p.pass.TypesInfo.Types[e]; tv.Value != nil {
		if tv.Value.Kind() != constant.String {
			return nil
		}
		return []text{p.constant(e, constant.StringVal(tv.Value), depth)}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.resolve(e.X, depth+1)
	case *ast.Ident:
		if v, ok := p.pass.TypesInfo.Uses[e].(*types.Var); ok {
			return p.variable(v, nil, depth+1)
		}
	case *ast.SelectorExpr:
		return p.field(e, depth+1)
	case *ast.IndexExpr:
		if lit := p.literal(e.X, depth+1); lit != nil {
			return p.elements(lit, nil, depth+1)
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return p.joined(e, depth+1)
		}
	case *ast.CallExpr:
		return p.callText(e, depth+1)
	}
	return nil
}

// constant gives a constant expression's value, with the places of the literals
// of this package that it is made of.
func (p *pkg) constant(e ast.Expr, value string, depth int) text {
	if depth > 20 {
		return p.made(e, value)
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		return p.constant(x.X, value, depth+1)
	case *ast.BasicLit:
		if t, ok := p.literalText(x, value); ok {
			return t
		}
	case *ast.BinaryExpr:
		l, r := p.pass.TypesInfo.Types[x.X].Value, p.pass.TypesInfo.Types[x.Y].Value
		if x.Op == token.ADD && l != nil && r != nil {
			t := p.constant(x.X, constant.StringVal(l), depth+1)
			t.add(p.constant(x.Y, constant.StringVal(r), depth+1))
			return t
		}
	case *ast.Ident:
		if at := p.constExpr(p.pass.TypesInfo.Uses[x]); at != nil {
			return p.constant(at, value, depth+1)
		}
	case *ast.CallExpr: // a conversion
		if len(x.Args) == 1 {
			return p.constant(x.Args[0], value, depth+1)
		}
	}
	return p.made(e, value)
}

// made is a value that stands in no literal of this package.
func (p *pkg) made(e ast.Expr, value string) text {
	t := text{value: value}
	if f, off, ok := p.source(e.Pos()); ok {
		t.pieces = []piece{{file: f, off: off}}
	}
	return t
}

// literalText maps a string literal's value to its source.
func (p *pkg) literalText(lit *ast.BasicLit, value string) (text, bool) {
	f, off, ok := p.source(lit.Pos())
	if !ok || lit.Kind != token.STRING || off+len(lit.Value) > len(f.Src) {
		return text{}, false
	}
	src := string(f.Src[off:]) // lit.Value has lost the carriage returns
	t := text{value: value}
	if src[0] == '`' {
		end := strings.IndexByte(src[1:], '`')
		if end < 0 {
			return text{}, false
		}
		at := 0
		for i := 1; i <= end; {
			n := strings.IndexByte(src[i:end+1], '\r')
			if n < 0 {
				n = end + 1 - i
			}
			t.pieces = append(t.pieces, piece{at, n, f, off + i})
			at, i = at+n, i+n+1
		}
		return t, true
	}
	at, run := 0, 0 // run bytes before at stand side by side
	i := 1
	flush := func() {
		if run > 0 {
			t.pieces = append(t.pieces, piece{at - run, run, f, off + i - run})
		}
		run = 0
	}
	for rest := lit.Value[1 : len(lit.Value)-1]; rest != ""; {
		r, multi, tail, err := strconv.UnquoteChar(rest, '"')
		if err != nil {
			return text{}, false
		}
		n, width := len(rest)-len(tail), 1
		if multi {
			width = utf8.RuneLen(r)
		}
		if rest[0] == '\\' {
			flush()
			t.pieces = append(t.pieces, piece{at, 0, f, off + i})
			at, i = at+width, i+n
		} else {
			at, i, run = at+n, i+n, run+n
		}
		rest = tail
	}
	flush()
	return t, true
}

// joined is x + y where not both are constants.
func (p *pkg) joined(e *ast.BinaryExpr, depth int) []text {
	t := p.one(e.X, depth)
	t.add(p.one(e.Y, depth))
	return []text{t}
}

// one is an expression's value, or a stand-in for it.
func (p *pkg) one(e ast.Expr, depth int) text {
	if ts := p.resolve(e, depth); len(ts) == 1 {
		return ts[0]
	}
	t := p.made(e, "1")
	t.partial = true
	return t
}

// callText reads fmt.Sprintf with a constant format, conversions, and what takes
// blanks off.
func (p *pkg) callText(e *ast.CallExpr, depth int) []text {
	if tv := p.pass.TypesInfo.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 {
		return p.resolve(e.Args[0], depth)
	}
	sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	fn, ok := p.pass.TypesInfo.Uses[sel.Sel].(*types.Func)
	if !ok || len(e.Args) == 0 {
		return nil
	}
	switch fn.FullName() {
	case "strings.TrimSpace", "strings.Clone":
		return p.resolve(e.Args[0], depth)
	case "fmt.Sprintf":
		ts := p.resolve(e.Args[0], depth)
		for i := range ts {
			ts[i] = ts[i].formatted()
		}
		return ts
	}
	return nil
}

// formatted puts stand-ins in the place of the verbs.
func (t text) formatted() text {
	out := text{partial: true, pieces: t.pieces}
	b := []byte(t.value)
	for i := 0; i < len(b); i++ {
		if b[i] != '%' {
			continue
		}
		end := i + 1
		for end < len(b) && strings.IndexByte("+-# 0123456789.[]*", b[end]) >= 0 {
			end++
		}
		if end == len(b) {
			break
		}
		quoted := i > 0 && (b[i-1] == '\'' || b[i-1] == '"')
		stand := byte('1')
		if !quoted && b[end] != 'd' {
			stand = '_'
		}
		for ; i <= end; i++ {
			b[i] = stand
		}
		i--
	}
	out.value = string(b)
	return out
}
