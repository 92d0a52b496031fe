package lint

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/safemig/safemig/rules"
)

// BaselineName is the name of the baseline that --write-baseline makes where no
// other is given.
const BaselineName = ".safemig-baseline.yml"

// Baseline is a list of findings that are known.
type Baseline struct {
	path  string // as it is shown
	from  where
	known map[string]baselineEntry
	met   map[string]bool
	stale []Stale
}

// Stale is an entry of a baseline that matches no finding any more.
type Stale struct{ Rule, Path, Message string }

// baselineEntry is one finding as the file has it. The fingerprint alone decides.
type baselineEntry struct {
	Rule        string `yaml:"rule"`
	Path        string `yaml:"path"`
	Message     string `yaml:"message"`
	Fingerprint string `yaml:"fingerprint"`
}

// ReadBaseline reads a file that WriteBaseline wrote.
func ReadBaseline(file, workdir string) (*Baseline, error) {
	b := &Baseline{path: filepath.ToSlash(file), from: from(file, workdir), known: map[string]baselineEntry{}, met: map[string]bool{}}
	src, err := os.ReadFile(inDir(workdir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("baseline %s: no such file; safemig check --write-baseline makes it", file)
	} else if err != nil {
		return nil, fmt.Errorf("baseline %s: %w", file, cause(err))
	}
	var doc struct {
		Findings []yaml.Node `yaml:"findings"`
	}
	d := yaml.NewDecoder(bytes.NewReader(src))
	d.KnownFields(true)
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("baseline %s: the file is empty; safemig check --write-baseline makes it anew", file)
	} else if err != nil {
		return nil, fmt.Errorf("baseline: %w", yamlError(file, src, err))
	}
	for i := range doc.Findings {
		n := &doc.Findings[i]
		e, err := readEntry(n)
		if err != nil {
			return nil, fmt.Errorf("baseline: %w", &ConfigError{file, n.Line, n.Column, err.Error()})
		}
		b.known[e.Fingerprint] = e
	}
	return b, nil
}

// readEntry reads one finding of a baseline.
func readEntry(n *yaml.Node) (e baselineEntry, err error) {
	if n.Kind != yaml.MappingNode {
		return e, errors.New("this must be a finding: rule, path, message and fingerprint")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; !slices.Contains([]string{"rule", "path", "message", "fingerprint"}, k) {
			return e, fmt.Errorf("unknown key %q", k)
		}
	}
	if err := n.Decode(&e); err != nil {
		return e, errors.New("rule, path, message and fingerprint must be texts")
	}
	if sum, err := hex.DecodeString(e.Fingerprint); err != nil || len(sum) != 8 {
		return e, fmt.Errorf("fingerprint %q is none: it has 16 hexadecimal digits; safemig check --write-baseline makes the file anew", e.Fingerprint)
	}
	return e, nil
}

func inDir(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// WriteBaseline writes the findings to a file.
func WriteBaseline(file, workdir string, findings []rules.Finding) error {
	var doc struct {
		Findings []baselineEntry `yaml:"findings"`
	}
	base := from(file, workdir)
	for i, print := range fingerprints(findings, base) {
		f := &findings[i]
		doc.Findings = append(doc.Findings, baselineEntry{f.Rule.ID, base.relative(f.File.Path), f.Message, print})
	}
	var out bytes.Buffer
	out.WriteString("# Findings that safemig check does not report again. Written by\n# safemig check --write-baseline; take an entry out to have it reported.\n")
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("baseline %s: %w", file, err)
	}
	if err := replaceFile(inDir(workdir, file), out.Bytes()); err != nil {
		return fmt.Errorf("baseline %s: %w", file, cause(err))
	}
	return nil
}

// replaceFile puts a whole file in the place of another, or leaves that as it is.
func replaceFile(path string, src []byte) error {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if mode = info.Mode().Perm(); info.IsDir() || mode&0o200 == 0 {
			return fs.ErrPermission
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".safemig-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename
	_, err = f.Write(src)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// where is a directory as another one, the working directory, sees it; the zero
// where is the working directory itself.
type where struct{ dir, workdir string } // absolute

// from gives the directory of a file.
func from(file, workdir string) where {
	wd, err := filepath.Abs(workdir)
	if err != nil {
		return where{}
	}
	return where{filepath.Dir(inDir(wd, filepath.FromSlash(file))), wd}
}

// relative gives a path of the working directory as one of the directory.
func (w where) relative(p string) string {
	if w.dir == "" {
		return p
	}
	if rel, err := filepath.Rel(w.dir, inDir(w.workdir, filepath.FromSlash(p))); err == nil {
		return filepath.ToSlash(rel)
	}
	return p
}

// shown gives a path of the directory as one of the working directory.
func (w where) shown(p string) string {
	if rel, err := filepath.Rel(w.workdir, inDir(w.dir, filepath.FromSlash(p))); err == nil {
		return filepath.ToSlash(rel)
	}
	return p
}

// Fingerprints gives each finding a name of its own that stays when lines are
// put in above it, blanks change, or the message is worded anew.
func Fingerprints(findings []rules.Finding) []string { return fingerprints(findings, where{}) }

func fingerprints(findings []rules.Finding, base where) []string {
	out := make([]string, len(findings))
	nth := map[string]int{}
	for i := range findings {
		f := &findings[i]
		key := strings.Join([]string{f.Rule.ID, base.relative(f.File.Path), f.Direction, normalised(f)}, "\x00")
		nth[key]++
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(nth[key])))
		out[i] = hex.EncodeToString(sum[:8])
	}
	return out
}

// normalised is the text of the finding's statement, every run of blanks one
// space. Where there is no statement the message stands for it.
func normalised(f *rules.Finding) string {
	s, src := f.Statement, f.File.Src
	if s.Len() <= 0 || s.Start < 0 || s.End > len(src) {
		return f.Message
	}
	return strings.Join(strings.Fields(string(src[s.Start:s.End])), " ")
}

// filter takes out what is known. looked tells which files the run has judged
// whole: what their entries do not meet any more is stale.
func (b *Baseline) filter(findings []rules.Finding, looked func(path string) bool) (left []rules.Finding, known int) {
	prints := fingerprints(findings, b.from)
	i := -1
	left = slices.DeleteFunc(findings, func(rules.Finding) bool {
		i++
		if _, ok := b.known[prints[i]]; !ok {
			return false
		}
		b.met[prints[i]] = true
		known++
		return true
	})
	b.stale = nil
	for print, e := range b.known {
		if p := b.from.shown(e.Path); !b.met[print] && looked(p) {
			b.stale = append(b.stale, Stale{e.Rule, p, e.Message})
		}
	}
	slices.SortFunc(b.stale, func(x, y Stale) int { return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Rule, y.Rule)) })
	return left, known
}

// Stale gives the entries that the last run met nothing of, in the files that it
// judged, and in those that are gone.
func (b *Baseline) Stale() []Stale { return b.stale }
