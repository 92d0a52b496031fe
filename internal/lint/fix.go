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

	findings []rules.Finding // whose edits were made
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
		fixed.findings = append(fixed.findings, f)
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

// fixRounds is how often Fix looks whether an edit has made room for another.
const fixRounds = 10

// FixOptions says which edits to make.
type FixOptions struct {
	Options
	Unsafe bool                   // also edits that change what the migration ends with, where there is no other
	Only   func(path string) bool // files that may be changed; nil: all that are reported
}

// Fix makes the edits of a run until there is nothing more to edit, and keeps
// those that hold: an edit that would bring a finding that was not there, or text
// that does not parse, is left out. It writes nothing. refused are the findings
// whose edits were left out.
func Fix(ctx context.Context, fo FixOptions) (fixed []Fixed, refused []rules.Finding, err error) {
	o := fo.Options
	o.Visit, o.Every, o.Overlay = nil, true, maps.Clone(o.Overlay)
	if o.Overlay == nil {
		o.Overlay = map[string][]byte{}
	}
	start, err := Run(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	done := map[string]*Fixed{} // by path
	left := map[editKey]bool{}  // edits that did not hold
	for now, round := start, 0; round < fixRounds; round++ {
		f := &fixer{ctx: ctx, o: o, may: fo.Only, before: start.Findings, left: left}
		next, err := f.round(now.Findings, fo.Unsafe)
		if err != nil {
			return nil, nil, err
		}
		refused = append(refused, f.refused...)
		if len(f.kept) == 0 {
			break
		}
		for _, k := range f.kept {
			if was := done[k.File.Path]; was != nil {
				was.Src, was.Fixes = k.Src, was.Fixes+k.Fixes
			} else {
				done[k.File.Path] = &k
			}
			o.Overlay[k.File.Path] = k.Src
		}
		now = next
	}
	for _, path := range slices.Sorted(maps.Keys(done)) {
		fixed = append(fixed, *done[path])
	}
	return fixed, refused, nil
}

// editKey tells the edit of one finding from that of another, in a file that may
// have changed before it.
type editKey struct{ path, rule, statement string }

func keyOf(f *rules.Finding) editKey { return editKey{f.File.Path, f.Rule.ID, normalised(f)} }

// fixer makes the edits of one round.
type fixer struct {
	ctx     context.Context
	o       Options
	may     func(path string) bool
	before  []rules.Finding // at the start
	now     []rules.Finding // of this round
	left    map[editKey]bool
	kept    []Fixed
	refused []rules.Finding
}

// round tries the edits of all findings, and where a file is worse for it each
// finding's by itself. It gives the run with what was kept.
func (f *fixer) round(findings []rules.Finding, unsafe bool) (*Result, error) {
	f.now = findings
	var want []rules.Finding
	for _, x := range findings {
		if unsafe && len(x.Fix) == 0 {
			x.Fix = x.Unsafe
		}
		if len(x.Fix) > 0 && !f.left[keyOf(&x)] && (f.may == nil || f.may(x.File.Path)) {
			want = append(want, x)
		}
	}
	all := Fixes(want)
	if len(all) == 0 {
		return nil, nil
	}
	after, worse, err := f.try(all)
	if err != nil {
		return nil, err
	}
	if len(worse) == 0 {
		f.kept = all
		return after, nil
	}
	rest := maps.Clone(worse)
	for _, one := range all {
		delete(rest, one.File.Path)
	}
	elsewhere := len(rest) > 0 // a file without edits is worse: any of them may be why
	for _, one := range all {
		if !elsewhere && !worse[one.File.Path] {
			f.kept = append(f.kept, one)
		}
	}
	for _, one := range all {
		if elsewhere || worse[one.File.Path] {
			if err := f.single(one); err != nil {
				return nil, err
			}
		}
	}
	if len(f.kept) == 0 {
		return nil, nil
	}
	after, _, err = f.try(f.kept)
	return after, err
}

// single keeps of a file's findings those whose edits hold.
func (f *fixer) single(one Fixed) error {
	var good []rules.Finding
	for _, x := range one.findings {
		_, worse, err := f.try(append(slices.Clone(f.kept), fixFile(one.File, append(slices.Clone(good), x))))
		if err != nil {
			return err
		}
		if len(worse) > 0 {
			f.left[keyOf(&x)] = true
			f.refused = append(f.refused, x)
			continue
		}
		good = append(good, x)
	}
	if len(good) > 0 {
		f.kept = append(f.kept, fixFile(one.File, good))
	}
	return nil
}

// try lints files with their edits made.
func (f *fixer) try(fixed []Fixed) (*Result, map[string]bool, error) {
	o := f.o
	o.Overlay = maps.Clone(f.o.Overlay)
	for _, x := range fixed {
		o.Overlay[x.File.Path] = x.Src
	}
	r, err := Run(f.ctx, o)
	if err != nil {
		return nil, nil, err
	}
	worse := worsened(f.before, r.Findings)
	// An edit of which the finding stays is none: it would be made again and again.
	was, is := counts(f.now), counts(r.Findings)
	for _, x := range fixed {
		for _, y := range x.findings {
			was[ruleAt{x.File.Path, y.Rule.ID}]--
		}
	}
	for _, x := range fixed {
		for _, y := range x.findings {
			if k := (ruleAt{x.File.Path, y.Rule.ID}); is[k] > was[k] {
				worse[k.path] = true
			}
		}
	}
	return r, worse, nil
}

// ruleAt is a rule in a file.
type ruleAt struct{ path, rule string }

// counts gives how many findings of each rule each file has.
func counts(findings []rules.Finding) map[ruleAt]int {
	n := map[ruleAt]int{}
	for i := range findings {
		n[ruleAt{findings[i].File.Path, findings[i].Rule.ID}]++
	}
	return n
}

// worsened gives the files that have more findings of some rule than before.
func worsened(before, after []rules.Finding) map[string]bool {
	n := counts(before)
	out := map[string]bool{}
	for i := range after {
		k := ruleAt{after[i].File.Path, after[i].Rule.ID}
		if n[k]--; n[k] < 0 {
			out[k.path] = true
		}
	}
	return out
}
