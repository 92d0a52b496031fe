package lint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/safemig/safemig/rules"
)

// ConfigName is the name of the configuration file, ConfigOther the one that is
// taken as well.
const (
	ConfigName  = ".safemig.yml"
	ConfigOther = ".safemig.yaml"
)

// Config is a configuration file. Its paths are relative to the working
// directory that it was read for. The methods of a nil Config give the defaults.
type Config struct {
	Path     string // as it is shown
	Entries  []Entry
	Rules    map[string]rules.Severity
	Over     []Override // in order: the last that speaks of a rule and a path holds
	Exclude  []string   // globs, relative to the file's directory
	FailOn   string
	After    string
	Baseline string

	up string // from the file's directory to the working directory; "" the same
}

// Entry is one directory of migrations, or a glob of several.
type Entry struct {
	Dir, Tool, Schema, After string
	PG                       int
	Rules                    map[string]rules.Severity
}

// Override is what rules are worth below some paths.
type Override struct {
	Paths []string // globs, relative to the file's directory
	Rules map[string]rules.Severity
}

// ConfigError is a mistake in a configuration file.
type ConfigError struct {
	Path         string
	Line, Column int
	Msg          string
}

func (e *ConfigError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Msg)
}

// FindConfig gives the path of the nearest configuration file upwards of a
// directory; "" where there is none.
func FindConfig(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", ConfigName, err)
	}
	for {
		found := ""
		for _, name := range []string{ConfigName, ConfigOther} {
			p := filepath.Join(dir, name)
			switch _, err := os.Stat(p); {
			case err == nil && found != "":
				return "", fmt.Errorf("%s and %s are both there: which one holds? Take one away", found, name)
			case err == nil:
				found = p
			case !errors.Is(err, fs.ErrNotExist):
				return "", fmt.Errorf("%s: %w", p, cause(err))
			}
		}
		if found != "" {
			return found, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// ReadConfig reads a configuration file for a working directory. All its
// mistakes are *ConfigError, joined.
func ReadConfig(file, workdir string) (*Config, error) {
	t := &tree{}
	var err error
	if t.dir, err = filepath.Abs(workdir); err != nil {
		return nil, fmt.Errorf("find %s: %w", workdir, err)
	}
	abs := file
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(t.dir, file)
	}
	src, err := os.ReadFile(abs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, cause(err))
	}
	base := filepath.Dir(abs)
	up, err := filepath.Rel(base, t.dir)
	if err != nil {
		return nil, fmt.Errorf("find %s from %s: %w", t.dir, base, err)
	}
	return parseConfig(t.show(abs), src, filepath.ToSlash(up), func(p string) string {
		if !filepath.IsAbs(p) {
			p = filepath.Join(base, filepath.FromSlash(p))
		}
		return t.show(p)
	})
}

// parseConfig reads the text; show makes its paths those of the working directory.
func parseConfig(name string, src []byte, up string, show func(string) string) (*Config, error) {
	p := &configParser{c: &Config{Path: name, Rules: map[string]rules.Severity{}, up: up}, show: show}
	d := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return p.c, nil // nothing but comments
	case err != nil:
		return nil, yamlError(name, src, err)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		p.fail(&more, "one document is enough: nothing after --- is read")
	}
	p.top(doc.Content[0])
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.c, nil
}

// yamlError gives the line of a text that is not YAML: the one behind the longest
// beginning that is. The parser's own is where the construct began, or missing.
func yamlError(name string, src []byte, err error) error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if yaml.Unmarshal(src, new(yaml.Node)) == nil {
		return &ConfigError{Path: name, Msg: msg} // it is YAML, of something else
	}
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if _, text, ok := strings.Cut(rest, ": "); ok {
			msg = text
		}
	}
	line, good := 1, 0
	for text := range bytes.Lines(src[:min(len(src), 64<<10)]) {
		good += len(text)
		if doc := new(yaml.Node); yaml.Unmarshal(src[:good], doc) == nil {
			line = bytes.Count(src[:good], []byte("\n")) + 1
		}
	}
	return &ConfigError{name, line, 1, msg}
}

type configParser struct {
	c    *Config
	show func(string) string
	errs []error
}

func (p *configParser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, &ConfigError{p.c.Path, n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// The keys of the file, and of one of its migrations.
var (
	configKeys = []string{"migrations", "rules", "overrides", "exclude", "fail-on", "after", "baseline"}
	entryKeys  = []string{"dir", "tool", "pg", "schema", "after", "rules"}
	overKeys   = []string{"paths", "rules"}
	severities = []string{"error", "warning", "info", "off"}
	failOns    = []string{"error", "warning", "info", "never"}
)

func (p *configParser) top(n *yaml.Node) {
	p.mapping(n, configKeys, func(key string, v *yaml.Node) {
		switch key {
		case "migrations":
			p.sequence(v, "a list of directories", p.entry)
		case "rules":
			p.rules(v, p.c.Rules)
		case "overrides":
			p.sequence(v, "a list of paths and rules", p.override)
		case "exclude":
			p.globs(v, &p.c.Exclude)
		case "fail-on":
			p.c.FailOn = p.oneOf(v, failOns)
		case "after":
			p.c.After, _ = p.text(v)
		case "baseline":
			if s, ok := p.text(v); ok {
				p.c.Baseline = p.show(s)
			}
		}
	})
}

func (p *configParser) globs(v *yaml.Node, to *[]string) {
	p.sequence(v, "a list of globs", func(n *yaml.Node) {
		if g, ok := p.text(n); ok && !doublestar.ValidatePattern(g) {
			p.fail(n, "%q is no glob", g)
		} else if ok {
			*to = append(*to, g)
		}
	})
}

func (p *configParser) override(n *yaml.Node) {
	o := Override{Rules: map[string]rules.Severity{}}
	p.mapping(n, overKeys, func(key string, v *yaml.Node) {
		switch key {
		case "paths":
			p.globs(v, &o.Paths)
		case "rules":
			p.rules(v, o.Rules)
		}
	})
	if n.Kind == yaml.MappingNode && len(o.Paths) == 0 {
		p.fail(n, "paths is missing")
	}
	p.c.Over = append(p.c.Over, o)
}

func (p *configParser) entry(n *yaml.Node) {
	var e Entry
	p.mapping(n, entryKeys, func(key string, v *yaml.Node) {
		switch key {
		case "dir":
			if s, ok := p.text(v); ok {
				e.Dir = p.show(s)
				if !doublestar.ValidatePattern(e.Dir) {
					p.fail(v, "%q is no glob", s)
				}
			}
		case "tool":
			e.Tool = p.oneOf(v, Tools())
		case "pg":
			pg, err := strconv.Atoi(v.Value)
			if v.Kind != yaml.ScalarNode || err != nil || pg < MinPG || pg > MaxPG {
				p.fail(v, "pg must be a major from %d to %d", MinPG, MaxPG)
			}
			e.PG = pg
		case "schema":
			if s, ok := p.text(v); ok {
				e.Schema = p.show(s)
			}
		case "after":
			e.After, _ = p.text(v)
		case "rules":
			e.Rules = map[string]rules.Severity{}
			p.rules(v, e.Rules)
		}
	})
	if e.Dir == "" && n.Kind == yaml.MappingNode {
		p.fail(n, "dir is missing")
	}
	p.c.Entries = append(p.c.Entries, e)
}

func (p *configParser) rules(n *yaml.Node, to map[string]rules.Severity) {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	p.mapping(n, ids, func(id string, v *yaml.Node) {
		if s, ok := rules.ParseSeverity(p.oneOf(v, severities)); ok {
			to[id] = s
		}
	})
}

// mapping calls f for every key that is known; an empty value is an empty mapping.
func (p *configParser) mapping(n *yaml.Node, known []string, f func(key string, v *yaml.Node)) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fail(n, "this must be a mapping with some of the keys %s", strings.Join(known[:min(len(known), 6)], ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if v.Kind == yaml.AliasNode {
			v = v.Alias
		}
		switch {
		case !slices.Contains(known, k.Value):
			p.fail(k, "unknown key %q%s", k.Value, DidYouMean(k.Value, known))
		case seen[k.Value]:
			p.fail(k, "%q is given twice", k.Value)
		default:
			seen[k.Value] = true
			f(k.Value, v)
		}
	}
}

func (p *configParser) sequence(n *yaml.Node, what string, f func(*yaml.Node)) {
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		p.fail(n, "this must be %s", what)
		return
	}
	for _, c := range n.Content {
		f(c)
	}
}

func (p *configParser) text(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		p.fail(n, "this must be a text")
		return "", false
	}
	return n.Value, true
}

func (p *configParser) oneOf(n *yaml.Node, values []string) string {
	if n.Kind == yaml.ScalarNode && slices.Contains(values, n.Value) {
		return n.Value
	}
	p.fail(n, "%q is not one of %s%s", n.Value, strings.Join(values, ", "), DidYouMean(n.Value, values))
	return ""
}

// DidYouMean suggests what may have been meant: `; did you mean "x"?`, or "".
func DidYouMean(word string, known []string) string {
	best, distance := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := editDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is Levenshtein's, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// dirs gives the directories to check where none was named.
func (c *Config) dirs() []string {
	if c == nil {
		return nil
	}
	var out []string
	for _, e := range c.Entries {
		out = append(out, e.Dir)
	}
	return out
}

// entry gives what the file says of a directory: of the nearest one that it
// lists, the directory itself or one above. A glob counts where none is named.
func (c *Config) entry(dir string) Entry {
	var best Entry
	if c == nil {
		return best
	}
	for _, e := range c.Entries {
		if e.has(dir) && (best.Dir == "" || isGlob(best.Dir) && !isGlob(e.Dir) || isGlob(best.Dir) == isGlob(e.Dir) && len(e.Dir) >= len(best.Dir)) {
			best = e
		}
	}
	return best
}

// has tells whether a path is the entry's directory, or below it.
func (e *Entry) has(p string) bool {
	if e.Dir == p || e.Dir == "." || strings.HasPrefix(p, e.Dir+"/") {
		return true
	}
	return isGlob(e.Dir) && matches([]string{e.Dir}, p)
}

// Exists tells whether the entry's directory is there, of a glob one at least.
func (e *Entry) Exists() bool {
	if !isGlob(e.Dir) {
		info, err := os.Stat(filepath.FromSlash(e.Dir))
		return err == nil && info.IsDir()
	}
	found, err := doublestar.FilepathGlob(e.Dir)
	return err == nil && len(found) > 0
}

// SaysAfter tells whether the file says of every directory which of its migrations
// have been applied.
func (c *Config) SaysAfter() bool {
	return c != nil && (c.After != "" || len(c.Entries) > 0 &&
		!slices.ContainsFunc(c.Entries, func(e Entry) bool { return e.After == "" }))
}

func isGlob(p string) bool { return strings.ContainsAny(p, "*?[{") }

// matches tells whether a path, or a directory above it, matches one of the globs.
func matches(globs []string, p string) bool {
	for ; p != "." && p != "/" && p != ".."; p = path.Dir(p) {
		for _, g := range globs {
			if ok, _ := doublestar.Match(g, p); ok { // patterns were validated
				return true
			}
		}
	}
	return false
}

// excluded tells whether a path, or a directory above it, is excluded.
func (c *Config) excluded(p string) bool {
	return c != nil && len(c.Exclude) > 0 && matches(c.Exclude, path.Join(c.up, p))
}

// severity gives what the file makes of a rule, wherever.
func (c *Config) severity(id string) (rules.Severity, bool) {
	if c == nil {
		return 0, false
	}
	s, ok := c.Rules[id]
	return s, ok
}

// severityAt gives what the file makes of a rule in a file: overrides come before
// what is said of a directory of migrations, and that before the rest.
func (c *Config) severityAt(id, p string) (s rules.Severity, ok bool) {
	if c == nil {
		return 0, false
	}
	for i := len(c.Over) - 1; i >= 0; i-- {
		if s, ok := c.Over[i].Rules[id]; ok && matches(c.Over[i].Paths, path.Join(c.up, p)) {
			return s, true
		}
	}
	if e := c.entry(p); e.Rules != nil {
		if s, ok := e.Rules[id]; ok {
			return s, true
		}
	}
	return c.severity(id)
}

// someOn tells whether the file turns a rule on somewhere.
func (c *Config) someOn(id string) bool {
	if c == nil {
		return false
	}
	on := func(m map[string]rules.Severity) bool { return m[id] != rules.Off }
	return slices.ContainsFunc(c.Over, func(o Override) bool { return on(o.Rules) }) ||
		slices.ContainsFunc(c.Entries, func(e Entry) bool { return on(e.Rules) })
}

// ConfigSchema is the JSON schema of the configuration file, for editors.
func ConfigSchema() any {
	type m = map[string]any
	ids := m{}
	for _, r := range rules.All() {
		ids[r.ID] = m{"description": r.Summary, "enum": severities}
	}
	return m{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"title":                "safemig",
		"type":                 "object",
		"additionalProperties": false,
		"properties": m{
			"migrations": m{
				"description": "directories of migrations; default: detected",
				"type":        "array",
				"items": m{
					"type": "object", "additionalProperties": false, "required": []string{"dir"},
					"properties": m{
						"dir":    m{"type": "string", "description": "relative to this file; a glob stands for several"},
						"after":  m{"type": []string{"string", "integer"}, "description": "only migrations after this version are reported"},
						"rules":  m{"type": "object", "additionalProperties": false, "properties": ids},
						"tool":   m{"enum": Tools(), "description": "default: detected"},
						"pg":     m{"type": "integer", "minimum": MinPG, "maximum": MaxPG, "default": DefaultPG, "description": "oldest server major to be safe on"},
						"schema": m{"type": "string", "description": "SQL that the migrations start from: a dump or a fixture"},
					},
				},
			},
			"rules": m{"type": "object", "additionalProperties": false, "properties": ids},
			"overrides": m{
				"description": "what rules are worth below some paths; the last one that speaks of a rule holds",
				"type":        "array",
				"items": m{
					"type": "object", "additionalProperties": false, "required": []string{"paths"},
					"properties": m{
						"paths": m{"type": "array", "items": m{"type": "string"}, "description": "globs, relative to this file; ** crosses directories"},
						"rules": m{"type": "object", "additionalProperties": false, "properties": ids},
					},
				},
			},
			"exclude":  m{"type": "array", "items": m{"type": "string"}, "description": "globs, relative to this file; ** crosses directories"},
			"fail-on":  m{"enum": failOns, "default": "error", "description": "least severity that makes the exit status 1"},
			"after":    m{"type": []string{"string", "integer"}, "description": "only migrations after this version are reported"},
			"baseline": m{"type": "string", "description": "findings that are not reported again"},
		},
	}
}

// Detected is one directory of migrations that Discover found.
type Detected struct{ Dir, Tool, Why string }

// Discover finds the migration directories below the working directory.
func Discover(workdir string) ([]Detected, error) {
	abs, err := filepath.Abs(workdir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", workdir, err)
	}
	f := &finder{tree: &tree{dir: abs}, opts: &Options{}}
	var out []Detected
	err = f.tree.walk(".", f.excluded, func(dir string) bool {
		if !f.claimed(dir, false) {
			return true
		}
		c := f.claims.get(f.tree, dir)
		out = append(out, Detected{dir, c.Format.Name, c.Why})
		return !c.Format.Recursive
	}, f.ahead)
	return out, err
}
