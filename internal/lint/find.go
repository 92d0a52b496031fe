package lint

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/safemig/safemig/internal/migration"
)

// finder makes histories of the paths of a run.
type finder struct {
	tree *tree
	opts *Options
	dirs map[string]*asked
	lone []*History
	own  bool // safemig runs them: without marks of a tool they are in its own layout

	claims claims

	unread []Unread // files that were named alone
	passed []PassedOver
}

// asked is what is wanted of a directory.
type asked struct {
	all   bool
	files map[string]bool
	below []string // directories, with a slash at the end
}

func (a *asked) has(p string) bool {
	return a.all || a.files[p] || slices.ContainsFunc(a.below, func(dir string) bool { return strings.HasPrefix(p, dir) })
}

func (f *finder) find() ([]*History, error) {
	if t := f.opts.Tool; t != "" {
		if _, err := f.format(t); err != nil {
			return nil, err
		}
	}
	f.dirs = map[string]*asked{}
	paths := f.opts.Paths
	configured := false
	if len(paths) == 0 && len(f.opts.Given) == 0 {
		paths = f.opts.Config.dirs()
		if configured = len(paths) > 0; !configured {
			paths = []string{"."}
		}
	}
	for _, p := range paths {
		if err := f.path(f.tree.show(p), p); err != nil {
			if configured {
				err = fmt.Errorf("%s: migrations: %w", f.opts.Config.Path, err)
			}
			return nil, err
		}
	}
	if configured {
		f.onlyBelow()
	}
	for _, g := range f.opts.Given {
		h := &History{Dir: g.Name, Tool: g.Tool, given: g.Migrations, last: -1, wanted: f.wants}
		f.settle(h, g.Name)
		f.lone = append(f.lone, h)
	}
	out := f.lone
	for dir, a := range f.dirs {
		h, err := f.directory(dir, a)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *History) int { return cmp.Compare(a.Name(), b.Name()) })
	return out, nil
}

// onlyBelow leaves, of the directories that the configuration lists, those at and
// below the working directory, where there are some: that is where somebody works.
func (f *finder) onlyBelow() {
	outside := func(dir string, _ *asked) bool { return strings.HasPrefix(dir, "../") || path.IsAbs(dir) }
	for dir := range f.dirs {
		if !outside(dir, nil) {
			maps.DeleteFunc(f.dirs, outside)
			return
		}
	}
}

// path adds what a path of the command line stands for.
func (f *finder) path(p, given string) error {
	info, err := f.tree.stat(p)
	switch {
	case err == nil && info.IsDir():
		return f.search(p)
	case err == nil && !info.Mode().IsRegular():
		return f.alone(p) // a pipe, <(command): it has no neighbours
	case err == nil:
		return f.file(p)
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(p, "*?[{"):
		return f.glob(p)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file or directory", given)
	}
	return fmt.Errorf("%s: %w", given, cause(err))
}

// glob adds the files and directories that match.
func (f *finder) glob(pattern string) error {
	base, rest := doublestar.SplitPattern(pattern)
	matches, err := doublestar.Glob(f.tree.sub(base), rest)
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	if len(matches) == 0 {
		return fmt.Errorf("%s: nothing matches", pattern)
	}
	slices.Sort(matches)
	for _, m := range matches {
		p := path.Join(base, m)
		if f.tree.fsys == nil && strings.HasPrefix(p, "../") {
			p = f.tree.show(f.tree.native(p)) // ../b/x may be x
		}
		info, err := f.tree.stat(p)
		if err != nil || !info.IsDir() && !strings.HasSuffix(strings.ToLower(p), ".sql") {
			continue
		}
		if err := f.path(p, p); err != nil {
			return err
		}
	}
	return nil
}

// search adds every migration directory at and below a directory.
func (f *finder) search(root string) error {
	found := false
	if dir, ok := f.rootAbove(root); ok {
		a := f.ask(dir)
		a.below = append(a.below, root+"/") // a folder of a tool that reads folders
		return nil
	}
	var tests []string
	err := f.tree.walk(root, f.excluded, func(dir string) bool {
		named := dir == root && len(f.opts.Paths) > 0
		if server := otherServer(path.Base(dir)); server != "" && dir != root {
			f.passOver(dir, "named for "+server)
			return false
		}
		if !f.claimed(dir, named) {
			return true
		}
		if server := f.claims.get(f.tree, dir).server; server != "" && !named && f.tool(dir) == "" {
			f.passOver(dir, server)
			return true
		}
		if forTests(root, dir) != "" {
			tests = append(tests, dir)
		} else {
			f.ask(dir).all, found = true, true
		}
		format, _, err := f.formatOf(dir)
		return err != nil || !format.Recursive
	}, f.ahead)
	if err != nil {
		return fmt.Errorf("%s: %w", root, cause(err))
	}
	for _, dir := range tests { // better than nothing
		if found {
			f.passOver(dir, "for tests, as "+forTests(root, dir)+" says")
		} else {
			f.ask(dir).all = true
		}
	}
	found = found || len(tests) > 0
	if !found && !f.excluded(root) && !f.opts.MayBeNone {
		where := "in " + root
		if root == "." {
			where = "here"
		}
		if names := f.others(root); len(names) > 0 {
			return fmt.Errorf("no migrations of %s found %s: it would not run %s; is the directory another tool's?", f.tool(root), where, and(names))
		}
		if n := len(f.passed); n > 0 {
			return fmt.Errorf("no migrations for PostgreSQL found %s (%s is passed over: %s): name the directory or the files, or list them under 'migrations:' in %s",
				where, f.passed[n-1].Dir, f.passed[n-1].Why, ConfigName)
		}
		return fmt.Errorf("no migrations found %s: name the directory or the files, or list them under 'migrations:' in %s", where, ConfigName)
	}
	return nil
}

// ahead begins to look at directories that the search will come to.
func (f *finder) ahead(dirs []string) {
	if f.opts.Tool == "" {
		f.claims.ahead(f.tree, dirs)
	}
}

// others gives SQL files of a directory that its tool, which was given, would not run.
func (f *finder) others(dir string) []string {
	if f.tool(dir) == "" {
		return nil
	}
	var names []string
	entries, _ := fs.ReadDir(f.tree.sub(dir), ".")
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(path.Ext(e.Name()), ".sql") {
			names = append(names, e.Name())
		}
	}
	if len(names) > 3 {
		names = append(names[:2:2], fmt.Sprintf("%d more", len(names)-2))
	}
	return names
}

// and joins words as people do.
func and(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

func (f *finder) ask(dir string) *asked {
	a := f.dirs[dir]
	if a == nil {
		a = &asked{files: map[string]bool{}}
		f.dirs[dir] = a
	}
	return a
}

// claimed tells whether a directory holds migrations. Of a directory that the
// user named, any SQL will do; of one that was come across, files must be
// numbered or marked.
func (f *finder) claimed(dir string, named bool) bool {
	if tool := f.tool(dir); tool != "" {
		fsys := f.tree.sub(dir)
		format, _ := f.format(tool)
		if format.Recursive {
			if score, _ := format.Detect(fsys); score > 0 {
				return true
			}
			return named && f.ownsBelow(fsys, format)
		}
		entries, _ := fs.ReadDir(fsys, ".")
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
			return !e.IsDir() && format.Owns != nil && format.Owns(e.Name()) && path.Ext(e.Name()) == ".sql"
		})
	}
	c := f.claims.get(f.tree, dir)
	return c.Score > 0 && (named || c.Score >= sure && !c.Format.Output)
}

// ownsBelow tells whether a directory has a file of a tool that reads folders.
func (f *finder) ownsBelow(fsys fs.FS, format migration.Format) bool {
	found, owns := false, format.OwnedIn(fsys)
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && owns(p) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// rootAbove gives the directory above another, at most four up, from which a tool
// that reads folders takes what is in it.
func (f *finder) rootAbove(dir string) (root string, ok bool) {
	if f.opts.Tool == "" && f.claims.get(f.tree, dir).Format.Recursive {
		return "", false // it is one itself
	}
	for range 4 {
		up := path.Join(dir, "..")
		if up == dir || f.tree.fsys != nil && strings.HasPrefix(up, "..") {
			return "", false
		}
		if dir = up; f.recursive(dir) {
			return dir, true
		}
	}
	return "", false
}

// recursive tells whether a tool that reads folders has its root in a directory.
func (f *finder) recursive(dir string) bool {
	format, _, err := f.formatOf(dir)
	if err != nil || !format.Recursive {
		return false
	}
	score, _ := format.Detect(f.tree.sub(dir))
	return score > 0
}

// sure is the least score by which a directory that was come across counts:
// numbered SQL files (migration.Plain).
const sure = 20

// marked is the least score by which the text of a file alone tells its tool.
const marked = 60

// file adds a file that was named. It is judged with the earlier migrations of
// its directory, if the directory's tool would run it.
func (f *finder) file(p string) error {
	if f.excluded(p) {
		return nil // pre-commit names every file that changed: exclude holds for those too
	}
	dir, name := path.Dir(p), path.Base(p)
	if root, ok := f.rootAbove(dir); ok {
		format, _, _ := f.formatOf(root)
		if format.OwnedIn(f.tree.sub(root))(strings.TrimPrefix(strings.TrimPrefix(p, root), "/")) {
			f.ask(root).files[p] = true
			return nil
		}
	}
	if format, _, err := f.formatOf(dir); err != nil {
		return err
	} else if format.Owns != nil && format.OwnedIn(f.tree.sub(dir))(name) {
		m := format.ReadFile(&migration.File{Path: name})
		if m.Version != "" || format.Recursive { // else it has no place in an order
			f.ask(dir).files[p] = true
			return nil
		}
	}
	return f.alone(p)
}

// alone adds a file without its neighbours. It is read here, and only once: a
// pipe has nothing the second time.
func (f *finder) alone(p string) error {
	if slices.ContainsFunc(f.lone, func(h *History) bool { return h.File == p }) {
		return nil // named twice
	}
	dir, name := path.Dir(p), path.Base(p)
	src, err := f.tree.read(p)
	if err != nil {
		f.unread = append(f.unread, Unread{p, cause(err)})
		return nil
	}
	h := &History{File: p, src: src, last: -1, wanted: f.wants}
	tool, guessed := f.tool(dir), false
	if tool == "" {
		one := &overlay{noFiles{}, map[string][]byte{name: src}}
		if !strings.HasSuffix(name, ".sql") { // standard input
			one.files = map[string][]byte{"stdin.sql": src}
		}
		tool, guessed = "plain", true
		if c := migration.Detect(one); c.Score >= marked && c.Format.Name != "golang-migrate" {
			tool, h.Why, guessed = c.Format.Name, c.Why, false
		}
	}
	format, err := f.format(tool)
	if err != nil {
		return err
	}
	if guessed {
		format = migration.Unclaimed(f.wrap())
	}
	h.format, h.Tool = format, format.Name
	f.settle(h, dir)
	f.lone = append(f.lone, h)
	return nil
}

// directory makes the history of a directory.
func (f *finder) directory(dir string, a *asked) (*History, error) {
	h := &History{Dir: dir, last: -1}
	var err error
	if h.format, h.Why, err = f.formatOf(dir); err != nil {
		return nil, err
	}
	h.Tool = h.format.Name
	h.wanted = func(p string) bool { return a.has(p) && f.wants(p) }
	f.settle(h, dir)
	return h, nil
}

// settle fills in the server and the schema that a history starts from.
func (f *finder) settle(h *History, dir string) {
	e := f.opts.Config.entry(dir)
	h.PG = cmp.Or(f.opts.PG, e.PG, DefaultPG)
	if h.after = cmp.Or(f.opts.After, e.After); h.after == "" && f.opts.Config != nil {
		h.after = f.opts.Config.After
	}
	if h.schema = e.Schema; f.opts.Schema != "" {
		h.schema = f.tree.show(f.opts.Schema)
	}
}

func (f *finder) wants(p string) bool {
	return (f.opts.Only == nil || f.opts.Only(p)) && !f.excluded(p)
}

func (f *finder) excluded(p string) bool { return f.opts.Config.excluded(p) }

// tool is the tool that the flags or the configuration give a directory.
func (f *finder) tool(dir string) string {
	return cmp.Or(f.opts.Tool, f.opts.Config.entry(dir).Tool)
}

// formatOf gives the format of a directory; the zero Format where it has no SQL.
func (f *finder) formatOf(dir string) (migration.Format, string, error) {
	if tool := f.tool(dir); tool != "" {
		format, err := f.format(tool)
		return format, "", err
	}
	c := f.claims.get(f.tree, dir)
	switch {
	case c.Format.Name == "plain" && c.Score < marked && !f.own:
		c.Format = migration.Unclaimed(f.wrap())
	case c.Format.Name == "plain":
		c.Format = migration.Plain(f.wrap())
	}
	return c.Format, c.Why, nil
}

// format gives the format of a tool's name.
func (f *finder) format(tool string) (migration.Format, error) {
	if tool == "plain" {
		return migration.Plain(f.wrap()), nil
	}
	format, ok := migration.FormatByName(tool)
	if !ok {
		return format, fmt.Errorf("unknown tool %q: safemig reads %s", tool, strings.Join(Tools(), ", "))
	}
	return format, nil
}

// wrap is how a plain file is run.
func (f *finder) wrap() migration.Wrap {
	if f.opts.HasWrap {
		return f.opts.Transaction
	}
	return migration.WrapFile
}

// Tools gives the names that --tool takes.
func Tools() []string {
	var names []string
	for _, f := range migration.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// noFiles is an empty directory.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// cause is the error without the path, which the caller names as the user did.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
