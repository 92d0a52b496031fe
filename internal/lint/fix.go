package lint

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// Fixed is a file with the edits of its findings made.
type Fixed struct {
	File   *migration.File
	Src    []byte
	Fixes  int // findings whose edits were made
	Failed int // findings whose edits overlap others, or leave the file
}

// Fixes makes the edits of findings, file by file. A finding's edits are made
// all or none; of two findings that want the same bytes the first has them.
func Fixes(findings []rules.Finding) []Fixed {
	byFile := map[*migration.File][]rules.Finding{}
	var files []*migration.File
	for _, f := range findings {
		if len(f.Fix) == 0 {
			continue
		}
		if byFile[f.File] == nil {
			files = append(files, f.File)
		}
		byFile[f.File] = append(byFile[f.File], f)
	}
	var out []Fixed
	for _, file := range files {
		out = append(out, fixFile(file, byFile[file]))
	}
	return out
}

func fixFile(file *migration.File, findings []rules.Finding) Fixed {
	fixed := Fixed{File: file}
	var edits []rules.Edit
	for _, f := range findings {
		all := slices.Concat(edits, f.Fix)
		slices.SortStableFunc(all, func(a, b rules.Edit) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
		all = slices.Compact(all) // two rules may want the same
		if !applicable(all, len(file.Src)) {
			fixed.Failed++
			continue
		}
		edits = all
		fixed.Fixes++
	}
	at := 0
	for _, e := range edits {
		fixed.Src = append(fixed.Src, file.Src[at:e.Start]...)
		fixed.Src = append(fixed.Src, e.Text...)
		at = e.End
	}
	fixed.Src = append(fixed.Src, file.Src[at:]...)
	return fixed
}

// applicable tells whether ordered edits lie in the file and apart from each other.
func applicable(edits []rules.Edit, size int) bool {
	for i, e := range edits {
		if e.Start < 0 || e.End < e.Start || e.End > size {
			return false
		}
		if i > 0 && (edits[i-1].End > e.Start || edits[i-1].Start == e.Start) {
			return false // of two insertions at a place nobody knows the order
		}
	}
	return true
}

// Fix makes the edits of a run's findings and keeps those that hold: a file is
// left as it is where the edits would bring a finding that was not there, or
// text that does not parse. It writes nothing.
func Fix(ctx context.Context, o Options, before *Result) (fixed []Fixed, refused []string, err error) {
	fixed = Fixes(before.Findings)
	for len(fixed) > 0 {
		o.Overlay = overlaid(o.Overlay, fixed)
		o.Visit = nil
		after, err := Run(ctx, o)
		if err != nil {
			return nil, nil, err
		}
		worse := worsened(before.Findings, after.Findings)
		n := len(fixed)
		fixed = slices.DeleteFunc(fixed, func(f Fixed) bool {
			if worse[f.File.Path] {
				refused = append(refused, f.File.Path)
				delete(o.Overlay, f.File.Path)
			}
			return worse[f.File.Path]
		})
		if len(fixed) == n {
			break
		}
	}
	return fixed, refused, nil
}

func overlaid(over map[string][]byte, fixed []Fixed) map[string][]byte {
	out := maps.Clone(over)
	if out == nil {
		out = map[string][]byte{}
	}
	for _, f := range fixed {
		out[f.File.Path] = f.Src
	}
	return out
}

// worsened gives the files that have more findings of some rule than before.
func worsened(before, after []rules.Finding) map[string]bool {
	type key struct{ path, rule string }
	n := map[key]int{}
	for i := range before {
		n[key{before[i].File.Path, before[i].Rule.ID}]++
	}
	out := map[string]bool{}
	for i := range after {
		k := key{after[i].File.Path, after[i].Rule.ID}
		if n[k]--; n[k] < 0 {
			out[k.path] = true
		}
	}
	return out
}
