package lint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
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
	known map[string]bool
	met   map[string]bool
}

// baselineEntry is one finding as the file has it. The fingerprint alone decides.
type baselineEntry struct {
	Rule        string `yaml:"rule"`
	Path        string `yaml:"path"`
	Message     string `yaml:"message"`
	Fingerprint string `yaml:"fingerprint"`
}

// ReadBaseline reads a file that WriteBaseline wrote.
func ReadBaseline(file, workdir string) (*Baseline, error) {
	b := &Baseline{path: filepath.ToSlash(file), known: map[string]bool{}, met: map[string]bool{}}
	src, err := os.ReadFile(inDir(workdir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("baseline %s: no such file; safemig check --write-baseline makes it", file)
	} else if err != nil {
		return nil, fmt.Errorf("baseline %s: %w", file, cause(err))
	}
	var doc struct {
		Findings []baselineEntry `yaml:"findings"`
	}
	d := yaml.NewDecoder(bytes.NewReader(src))
	d.KnownFields(true)
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("baseline %s: %w", file, yamlError(file, src, err))
	}
	for _, e := range doc.Findings {
		b.known[e.Fingerprint] = true
	}
	return b, nil
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
	base := path.Dir(filepath.ToSlash(file))
	for i, print := range fingerprints(findings, base) {
		f := &findings[i]
		doc.Findings = append(doc.Findings, baselineEntry{f.Rule.ID, relative(base, f.File.Path), f.Message, print})
	}
	var out bytes.Buffer
	out.WriteString("# Findings that safemig check does not report again. Written by\n# safemig check --write-baseline; take an entry out to have it reported.\n")
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("baseline %s: %w", file, err)
	}
	if err := os.WriteFile(inDir(workdir, file), out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("baseline %s: %w", file, cause(err))
	}
	return nil
}

// relative gives a path of the working directory as one of another directory.
func relative(base, p string) string {
	if rel, err := filepath.Rel(filepath.FromSlash(base), filepath.FromSlash(p)); err == nil {
		return filepath.ToSlash(rel)
	}
	return p
}

// Fingerprints gives each finding a name of its own that stays when lines are
// put in above it, blanks change, or the message is worded anew.
func Fingerprints(findings []rules.Finding) []string { return fingerprints(findings, ".") }

func fingerprints(findings []rules.Finding, base string) []string {
	out := make([]string, len(findings))
	nth := map[string]int{}
	for i := range findings {
		f := &findings[i]
		key := strings.Join([]string{f.Rule.ID, relative(base, f.File.Path), f.Direction, normalised(f)}, "\x00")
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

// filter takes out what is known.
func (b *Baseline) filter(findings []rules.Finding) (left []rules.Finding, known int) {
	prints := fingerprints(findings, path.Dir(b.path))
	i := -1
	left = slices.DeleteFunc(findings, func(rules.Finding) bool {
		i++
		if !b.known[prints[i]] {
			return false
		}
		b.met[prints[i]] = true
		known++
		return true
	})
	return left, known
}

// Stale counts the entries that match nothing any more.
func (b *Baseline) Stale() int { return len(b.known) - len(b.met) }
