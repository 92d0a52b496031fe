package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Diff gives the change to a file as a unified diff.
func (f Fixed) Diff() string { return Diff(f.File.Path, f.File.Src, f.Src) }

// Diff gives the change of a file as a unified diff; nil is no file.
func Diff(path string, was, is []byte) string {
	const context = 3
	old, now := lines(was), lines(is)
	ops := diffLines(old, now)
	var b strings.Builder
	from, to := "a/"+path, "b/"+path
	if was == nil {
		from = "/dev/null"
	}
	if is == nil {
		to = "/dev/null"
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	for i := 0; i < len(ops); {
		if ops[i].kind == ' ' {
			i++
			continue
		}
		from, to := max(0, i-context), i
		for gap := 0; to < len(ops) && gap <= 2*context; to++ {
			if gap++; ops[to].kind != ' ' {
				gap = 0
			}
		}
		for to > i && ops[to-1].kind == ' ' {
			to--
		}
		to = min(len(ops), to+context)
		writeHunk(&b, ops[from:to])
		i = to
	}
	return b.String()
}

type diffOp struct {
	kind     byte // ' ', '-' or '+'
	text     string
	old, now int // lines before this one
}

func writeHunk(b *strings.Builder, ops []diffOp) {
	var minus, plus int
	for _, op := range ops {
		if op.kind != '+' {
			minus++
		}
		if op.kind != '-' {
			plus++
		}
	}
	start := func(before, n int) int {
		if n == 0 {
			return before
		}
		return before + 1
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n", start(ops[0].old, minus), minus, start(ops[0].now, plus), plus)
	for _, op := range ops {
		b.WriteByte(op.kind)
		b.WriteString(op.text)
		if !strings.HasSuffix(op.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// lines cuts a text behind every line end.
func lines(src []byte) []string {
	l := strings.SplitAfter(string(src), "\n")
	if l[len(l)-1] == "" {
		l = l[:len(l)-1]
	}
	return l
}

// diffLines finds a shortest edit script (Myers, 1986).
func diffLines(a, b []string) []diffOp {
	limit := len(a) + len(b)
	v := map[int]int{1: 0}
	var trace []map[int]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, maps.Clone(v))
		for k := -d; k <= d; k += 2 {
			x := 0
			if k == -d || k != d && v[k-1] < v[k+1] {
				x = v[k+1]
			} else {
				x = v[k-1] + 1
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			v[k] = x
			if x >= len(a) && x-k >= len(b) {
				return backtrack(a, b, trace)
			}
		}
	}
	return nil
}

func backtrack(a, b []string, trace []map[int]int) []diffOp {
	var ops []diffOp
	x, y := len(a), len(b)
	for d := len(trace) - 1; d >= 0; d-- {
		v, k := trace[d], x-y
		prev := k - 1
		if k == -d || k != d && v[k-1] < v[k+1] {
			prev = k + 1
		}
		px := v[prev]
		py := px - prev
		for x > px && y > py && x > 0 && y > 0 {
			x, y = x-1, y-1
			ops = append(ops, diffOp{' ', a[x], x, y})
		}
		switch {
		case d == 0:
		case x == px:
			y--
			ops = append(ops, diffOp{'+', b[y], x, y})
		default:
			x--
			ops = append(ops, diffOp{'-', a[x], x, y})
		}
	}
	slices.Reverse(ops)
	return ops
}
