package analyzer

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/tools/go/analysis"

	"github.com/safemig/safemig/internal/migration"
)

// FuzzLiteral: every byte that a literal's value is said to share with the source
// stands there, and places grow.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{`"a"`, "`a\r\nb`", `"\n\x41é\u00e9\"b"`, "``", `""`, "`\r`", `"\xff"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, lit string) {
		fset := token.NewFileSet()
		e, err := parser.ParseExprFrom(fset, "x.go", lit, 0)
		if err != nil {
			return
		}
		b, ok := e.(*ast.BasicLit)
		if !ok || b.Kind != token.STRING {
			return
		}
		tf := fset.File(b.Pos())
		file := &migration.File{Src: []byte(lit)}
		if tf.Size() != len(lit) {
			return
		}
		p := newLiteralPkg(fset, tf, file)
		value := constant.StringVal(constant.MakeFromLiteral(b.Value, token.STRING, 0))
		got, ok := p.literalText(b, value)
		if !ok {
			t.Fatalf("%q is not read", lit)
		}
		at, off := 0, 0
		for _, pc := range got.pieces {
			if pc.at < at || pc.off < off || pc.at+pc.n > len(value) || pc.off+pc.n > len(lit) {
				t.Fatalf("%q: piece %+v after %d, %d", lit, pc, at, off)
			}
			if value[pc.at:pc.at+pc.n] != lit[pc.off:pc.off+pc.n] {
				t.Fatalf("%q: %q is not %q", lit, lit[pc.off:pc.off+pc.n], value[pc.at:pc.at+pc.n])
			}
			at, off = pc.at+pc.n, pc.off+pc.n
		}
	})
}

// FuzzEmbedPatterns: any directive is read, or left, in the end.
func FuzzEmbedPatterns(f *testing.F) {
	for _, s := range []string{` a/*.sql "b c" all:d`, " `x` \"", "\t\"\\x\"", " a\tb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, args string) {
		for _, p := range embedPatterns(args) {
			if utf8.ValidString(args) && !strings.Contains(args, `\`) && !strings.Contains(args, p) {
				t.Errorf("%q gives %q", args, p)
			}
		}
	})
}

// FuzzFormatted: stand-ins keep the length, so that places hold.
func FuzzFormatted(f *testing.F) {
	for _, s := range []string{"SELECT pg_advisory_lock(%d)", "'%s' %", "%%", "%-5.2f%[1]*d", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, layout string) {
		if got := (text{value: layout}).formatted(); len(got.value) != len(layout) {
			t.Errorf("%q becomes %q", layout, got.value)
		}
	})
}

func newLiteralPkg(fset *token.FileSet, tf *token.File, file *migration.File) *pkg {
	return &pkg{pass: &analysis.Pass{Fset: fset}, goSrc: map[*token.File]*migration.File{tf: file}}
}
