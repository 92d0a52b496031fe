// The harness over the rules' pages: what a page shows is what safemig does.
//
// A page is rules/testdata/<id>.txtar. Its comment has the headings below, in
// this order. Its files are cases, each run by itself unless said:
//
//	bad*.sql, bad*/N.sql    reported by the rule; the page prints them
//	good*.sql, good*/N.sql  silent under every rule; the page prints them
//	more/...                as marked; not printed
//	fix*.sql                bad*.sql after --fix
//	schema.sql              beside cases: what they start from (--schema)
//
// A page with .go files is about programs. Its cases are directories bad*/ and
// good*/, or single files; the tests of package analyzer run them, with // want.
//
// A line that must be reported by the rule ends in -- want "regexp" (or in
// backquotes), which is taken out before the file is checked; the rule must
// report nothing else there. Files of one directory that are named like
// migrations (0001_a.sql, 0002_b.up.sql) are one history. A directory named pgNN
// sets the server's major; files whose names end in _new are new to git; a directory named for a tool the tool, whose history is all that
// stands below, settings (*.toml) too; else a file is plain, and so one transaction.
//
// A SQL comment of the form "-- text --" would begin a file in a txtar: names
// that are not of these forms are refused.
//
// "Every rule" leaves out lock-timeout-missing, except on its own page: nearly
// every example would begin with a SET that has nothing to do with its point,
// and the setting may as well be the role's. Likewise table-without-primary-key:
// the tables of examples have the columns that the example is about.
package rules_test

import (
	"context"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// ambient rules would fire on nearly every example; see above.
var ambient = []string{"lock-timeout-missing", "table-without-primary-key"}

var headings = []string{"What happens", "Instead", "Not reported"}

func TestRulesHavePages(t *testing.T) {
	for _, r := range rules.All() {
		if _, ok := rules.Page(r.ID); !ok {
			t.Errorf("%s: no testdata/%s.txtar", r.ID, r.ID)
		}
		if r.Summary == "" || r.Category == "" || r.Since == "" {
			t.Errorf("%s: summary %q, category %q and since %q must be set", r.ID, r.Summary, r.Category, r.Since)
		}
	}
}

func TestPages(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			rule, ok := rules.Find(id)
			if !ok {
				t.Fatalf("there is no rule %s", id)
			}
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			checkHeadings(t, string(archive.Comment))
			if aboutPrograms(archive) {
				return // analyzer's TestPages runs them
			}
			checkCases(t, rule, archive)
		})
	}
}

func aboutPrograms(a *txtar.Archive) bool {
	return slices.ContainsFunc(a.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, ".go") })
}

func checkHeadings(t *testing.T, comment string) {
	var found []string
	empty := true
	for _, line := range strings.Split(comment+"\n##", "\n") {
		if h, ok := strings.CutPrefix(line, "##"); ok {
			if empty && len(found) > 0 {
				t.Errorf("nothing under the heading %q", found[len(found)-1])
			}
			found, empty = append(found, strings.TrimSpace(h)), true
		} else if strings.TrimSpace(line) != "" {
			empty = false
			if len(found) == 0 {
				t.Errorf("text before the first heading: %q", line)
			}
		}
	}
	if found = found[:len(found)-1]; !slices.Equal(found, headings) {
		t.Errorf("headings are %q, want %q", found, headings)
	}
}

// toolElement is the place of the tool's name in a path, -1 for none.
func toolElement(elements []string) int {
	return slices.IndexFunc(elements[:len(elements)-1], func(e string) bool { return slices.Contains(lint.Tools(), e) })
}

// testCase is one run.
type testCase struct {
	name   string // of the file, or the directory of a history
	kind   string // "bad", "good" or "more"
	files  fstest.MapFS
	wants  map[string][]want // by file
	tool   string
	pg     int
	schema []byte
}

type want struct {
	line int
	re   *regexp.Regexp
	met  bool
}

var (
	kindPattern      = regexp.MustCompile(`^(bad|good|fix)[0-9]*$`)
	versionedPattern = regexp.MustCompile(`^[0-9]+_.*\.sql$`)
	pgPattern        = regexp.MustCompile(`^pg[0-9]{2}$`)
	wantPattern      = regexp.MustCompile(`[ \t]*-- want ((?:"(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `)(?:[ \t]+(?:"(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `))*)[ \t\r]*$`)
	quotedPattern    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|` + "`[^`]*`")
)

func checkCases(t *testing.T, rule *rules.Rule, a *txtar.Archive) {
	cases := map[string]*testCase{}
	var order []string
	schemas, fixes, kinds := map[string][]byte{}, map[string]string{}, map[string]int{}
	for _, f := range a.Files {
		elements := strings.Split(f.Name, "/")
		kind := strings.TrimRight(strings.TrimSuffix(elements[0], ".sql"), "0123456789")
		if kind != "more" && !kindPattern.MatchString(strings.TrimSuffix(elements[0], ".sql")) || !strings.HasSuffix(f.Name, ".sql") && toolElement(elements) < 0 {
			t.Errorf("%q is no name for a case: it begins with bad, good, fix or more/ and ends in .sql", f.Name)
			continue
		}
		if kind == "fix" {
			fixes[strings.Replace(f.Name, "fix", "bad", 1)] = string(f.Data)
			continue
		}
		dir, base := path.Split(f.Name)
		if base == "schema.sql" {
			schemas[dir] = f.Data
			continue
		}
		key := f.Name
		name := base
		if i := toolElement(elements); i >= 0 {
			name = strings.Join(elements[i+1:], "/")
			key = strings.Join(elements[:i+1], "/") + "/"
		} else if versionedPattern.MatchString(base) {
			key = dir
		}
		c := cases[key]
		if c == nil {
			c = &testCase{name: key, kind: kind, files: fstest.MapFS{}, wants: map[string][]want{}}
			cases[key] = c
			order = append(order, key)
			kinds[kind]++
		}
		for _, e := range elements[:len(elements)-1] {
			if pgPattern.MatchString(e) {
				c.pg, _ = strconv.Atoi(e[2:])
			} else if slices.Contains(lint.Tools(), e) {
				c.tool = e
			}
		}
		src, wants := parseWants(t, f)
		c.files[name] = &fstest.MapFile{Data: src}
		c.wants[name] = wants
	}
	if kinds["bad"] == 0 || kinds["good"] == 0 {
		t.Errorf("a page needs a bad and a good example, not %v", kinds)
	}
	firing := 0
	for _, c := range cases {
		if c.fires() {
			firing++
		}
	}
	if silent := len(cases) - firing; silent < firing {
		t.Errorf("%d cases are reported, only %d are silent: a rule is known by what it leaves alone", firing, silent)
	}
	for _, key := range order {
		c := cases[key]
		for dir, schema := range schemas {
			if strings.HasPrefix(key, dir) {
				c.schema = schema
			}
		}
		t.Run(strings.TrimSuffix(key, "/"), func(t *testing.T) { c.run(t, rule) })
		if after, ok := fixes[key]; ok {
			t.Run("fix of "+key, func(t *testing.T) { c.fix(t, rule, after) })
			delete(fixes, key)
		}
	}
	for name := range fixes {
		t.Errorf("there is no %s to fix", name)
	}
}

// parseWants takes the marks out of a file.
func parseWants(t *testing.T, f txtar.File) (src []byte, wants []want) {
	lines := strings.Split(string(f.Data), "\n")
	for i, line := range lines {
		m := wantPattern.FindStringSubmatchIndex(line)
		if m == nil {
			if strings.Contains(line, "-- want") {
				t.Errorf("%s:%d: a mark reads -- want \"regexp\"", f.Name, i+1)
			}
			continue
		}
		for _, q := range quotedPattern.FindAllString(line[m[2]:m[3]], -1) {
			text, err := strconv.Unquote(q)
			if err != nil {
				t.Fatalf("%s:%d: %v", f.Name, i+1, err)
			}
			re, err := regexp.Compile(text)
			if err != nil {
				t.Fatalf("%s:%d: %v", f.Name, i+1, err)
			}
			wants = append(wants, want{line: i + 1, re: re})
		}
		lines[i] = line[:m[0]]
	}
	return []byte(strings.Join(lines, "\n")), wants
}

func (c *testCase) lint(t *testing.T, rule *rules.Rule, fsys fstest.MapFS) *lint.Result {
	o := lint.Options{FS: fsys, Tool: c.tool, PG: c.pg, SchemaText: c.schema, Severity: map[string]rules.Severity{},
		Added: func(path string) bool { return strings.Contains(path, "_new.") }}
	for name := range fsys {
		if strings.HasSuffix(name, ".sql") {
			o.Paths = append(o.Paths, name)
		}
	}
	slices.Sort(o.Paths)
	for _, id := range ambient {
		if id != rule.ID {
			o.Severity[id] = rules.Off
		}
	}
	if rule.Severity == rules.Off {
		o.Severity[rule.ID] = rules.Warning
	}
	r, err := lint.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fires tells whether anything in the case must be reported.
func (c *testCase) fires() bool {
	for _, w := range c.wants {
		if len(w) > 0 {
			return true
		}
	}
	return false
}

func (c *testCase) run(t *testing.T, rule *rules.Rule) {
	for name := range c.files {
		if c.kind == "good" && len(c.wants[name]) > 0 {
			t.Errorf("%s: a good example has no marks", name)
		}
	}
	marks := 0
	for _, f := range c.lint(t, rule, c.files).Findings {
		line := 1 + strings.Count(string(f.File.Src[:min(f.Span.Start, len(f.File.Src))]), "\n")
		if f.Span.Start < 0 || f.Span.End > len(f.File.Src) || f.Span.Len() < 0 {
			t.Errorf("%s:%d: span %v is outside of the file: %s", f.File.Path, line, f.Span, f.Message)
		}
		if c.kind != "good" && f.Rule != rule {
			continue
		}
		wants := c.wants[f.File.Path]
		i := slices.IndexFunc(wants, func(w want) bool {
			return !w.met && w.line == line && w.re.MatchString(f.Message)
		})
		if i < 0 {
			t.Errorf("%s:%d: not wanted: %s [%s]", f.File.Path, line, f.Message, f.Rule.ID)
			continue
		}
		wants[i].met = true
	}
	for name, wants := range c.wants {
		marks += len(wants)
		for _, w := range wants {
			if !w.met {
				t.Errorf("%s:%d: no finding that matches %s", name, w.line, w.re)
			}
		}
	}
	if c.kind == "bad" && marks == 0 {
		t.Errorf("a bad example without a mark")
	}
}

// fix makes the edits of the rule's findings and compares.
func (c *testCase) fix(t *testing.T, rule *rules.Rule, want string) {
	findings := slices.DeleteFunc(c.lint(t, rule, c.files).Findings, func(f rules.Finding) bool { return f.Rule != rule })
	fixed := lint.Fixes(findings)
	if len(fixed) != 1 || fixed[0].Failed > 0 {
		t.Fatalf("%d files to fix: %+v", len(fixed), fixed)
	}
	if got := string(fixed[0].Src); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("after --fix:\n%s\nwant:\n%s", got, want)
	}
	again := fstest.MapFS{fixed[0].File.Path: {Data: fixed[0].Src}}
	for _, f := range c.lint(t, rule, again).Findings {
		if f.Rule == rule {
			t.Errorf("still reported after --fix: %s", f.Message)
		}
	}
}
