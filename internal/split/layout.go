package split

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/migration"
)

// layout is how one tool lays migrations out.
type layout struct {
	o     Options
	w     *work
	tool  string
	all   []migration.Migration // of the directory, for their versions
	style style
	plan  string // sqitch.plan so far
	last  string // the change that the next one comes behind
	moves []move // of later migrations, to make room
}

// style is what sets tools apart.
type style struct {
	never    string // why no sequence can be written for the tool
	noAlone  string // why a statement cannot run outside of a transaction
	folders  bool   // a migration is a directory
	needDown bool   // a down part has to be there, if empty
	noDown   bool   // there is none
	session  bool   // a file's first statement is in no transaction block yet: SET LOCAL does nothing
	note     string // what the author has to do besides
	// text renders one file; with pairs once for up and once for down.
	text func(l *layout, f *file) string
	// name gives the up file's path in the directory, and the down file's, "" for none.
	name func(l *layout, f *file) (up, down string)
	more func(l *layout, f *file) map[string]string // further files, by path
}

// file is one migration to write.
type file struct {
	version, name string
	up, down      []string
	does          string
	alone         bool
	isDown        bool // for text: it is the down file
	first         bool // it takes the place of the original
}

const lockTimeout = "SET LOCAL lock_timeout = '2s'"

func layoutOf(o Options, w *work) (*layout, string) {
	l := &layout{o: o, w: w, tool: w.h.Tool}
	var ok bool
	if l.style, ok = styles[w.h.Tool]; !ok {
		return l, "safemig does not write files for " + w.h.Tool
	}
	if l.style.never != "" {
		return l, l.style.never
	}
	var err error
	if l.all, err = migrationsOf(o, w.h); err != nil {
		return l, err.Error()
	}
	return l, ""
}

func (l *layout) note() string { return l.style.note }

// refuses says why the tool cannot run the steps.
func (l *layout) refuses(steps []step) string {
	if l.style.noAlone != "" && slices.ContainsFunc(steps, func(s step) bool { return s.alone }) {
		return l.style.noAlone
	}
	return ""
}

// lay gives the files of the steps. The first takes the place of the original.
func (l *layout) lay(steps []step) (changes []Change, names []string, why string) {
	if l.tool == "liquibase" {
		return l.changesets(steps)
	}
	versions, moves, why := l.versions(len(steps))
	if why != "" {
		return nil, nil, why
	}
	if changes, why = l.moved(moves); why != "" {
		return nil, nil, why
	}
	l.moves = moves
	used := map[string]bool{l.w.m.Name: true}
	base := path.Dir(l.original())
	if l.style.folders {
		base = path.Dir(base)
	}
	gone := l.files()
	for i, s := range steps {
		f := &file{version: versions[i], name: l.w.m.Name, does: s.does, alone: s.alone, first: i == 0}
		if i > 0 {
			f.name = l.unused(used, l.w.m.Name, s.does)
		}
		f.up, f.down = l.statements(s.up, s.alone), l.statements(s.down, s.alone)
		main, _ := l.style.name(l, f)
		names = append(names, path.Join(base, main))
		for p, text := range l.render(f) {
			p = path.Join(base, p)
			ch := Change{Path: p, Now: []byte(l.newlines(text))}
			if was, ok := gone[p]; ok {
				ch.Was = was
				delete(gone, p)
			} else if at := slices.IndexFunc(changes, func(c Change) bool { return c.Path == p }); at >= 0 && changes[at].Now == nil {
				ch.Was = changes[at].Was // of one that moves away
			} else if exists(l.o, p) {
				if was, err := readFile(l.o, p); err == nil && (path.Base(p) == "sqitch.plan" || i == 0 && !strings.HasSuffix(p, ".sql")) {
					ch.Was = was
				} else {
					return nil, nil, p + " is there already"
				}
			}
			if at := slices.IndexFunc(changes, func(c Change) bool { return c.Path == p }); at >= 0 {
				changes[at].Now = ch.Now
				continue
			}
			changes = append(changes, ch)
		}
	}
	for p, was := range gone {
		changes = append(changes, Change{Path: p, Was: was})
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, names, ""
}

// original is the path of the file that the migration is in.
func (l *layout) original() string { return l.w.sec.File.Path }

// files gives the files of the original: what is not written again goes.
func (l *layout) files() map[string][]byte {
	out := map[string][]byte{l.original(): l.w.sec.File.Src}
	for _, s := range l.w.m.Down {
		out[s.File.Path] = s.File.Src
	}
	return out
}

// statements ends them, with what every transaction begins with.
func (l *layout) statements(sql []string, alone bool) []string {
	var out []string
	if len(sql) > 0 && !alone {
		out = append(out, l.w.preface...)
		if !slices.ContainsFunc(out, func(s string) bool { return strings.Contains(strings.ToLower(s), "lock_timeout") }) {
			set := lockTimeout
			if l.style.session {
				set = strings.Replace(set, "LOCAL ", "", 1)
			}
			out = append(out, set)
		}
	}
	for _, s := range sql {
		if strings.TrimSpace(bare(s)) != "" {
			out = append(out, s)
		}
	}
	for i := range out {
		out[i] = strings.TrimRight(out[i], " \t\r\n;") + ";"
	}
	return out
}

// render gives the texts of a migration's files by their paths.
func (l *layout) render(f *file) map[string]string {
	up, down := l.style.name(l, f)
	out := map[string]string{up: l.style.text(l, f)}
	if down != "" && !l.style.noDown && (l.w.m.Down != nil || l.style.needDown) {
		g := *f
		g.up, g.isDown = f.down, true
		out[down] = l.style.text(l, &g)
	}
	if l.style.more != nil {
		for p, text := range l.style.more(l, f) {
			out[p] = text
		}
	}
	return out
}

func (l *layout) newlines(text string) string {
	if l.w.nl == "\n" {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", l.w.nl)
}

// unused gives a name that no other file of the sequence has.
func (l *layout) unused(used map[string]bool, name, does string) string {
	sep := "_"
	if strings.Contains(name, "-") && !strings.Contains(name, "_") {
		sep = "-"
	}
	if does == "" {
		does = "then"
	}
	does = strings.ReplaceAll(does, "_", sep)
	n := name + sep + does
	for i := 2; used[n]; i++ {
		n = name + sep + does + sep + strconv.Itoa(i)
	}
	used[n] = true
	return n
}

// versions gives the original's and those of the migrations behind it, and which later
// migrations have to make room for them.
func (l *layout) versions(n int) (out []string, moves []move, why string) {
	first := l.w.m.Version
	if l.tool == "sqitch" {
		dir, name := path.Split(l.original())
		if path.Base(dir) != "deploy" || path.Ext(name) != ".sql" || !exists(l.o, path.Join(dir, "../sqitch.plan")) {
			return nil, nil, "sqitch.conf keeps scripts and plan elsewhere than in deploy, revert and sqitch.plan side by side"
		}
		return make([]string, n), nil, ""
	}
	at := slices.IndexFunc(l.all, func(m migration.Migration) bool { return m.Version == first })
	if at < 0 {
		return nil, nil, "it has no version"
	}
	out = []string{first}
	for len(out) < n {
		next, ok := following(l.spelled(out[len(out)-1]))
		if !ok {
			return nil, nil, "what comes after version " + first + " is not clear"
		}
		out = append(out, next)
	}
	moves, why = l.room(out[n-1], l.all[at+1:])
	return out, moves, why
}

// spelled is the version as the file's name has it.
func (l *layout) spelled(version string) string {
	if l.tool != "diesel" {
		return version
	}
	if folder := path.Base(path.Dir(l.original())); strings.Contains(folder, "-") && !strings.Contains(version, "-") {
		v, _, _ := strings.Cut(folder, "_")
		return v
	}
	return version
}

const stamp = "20060102150405"

// following is the version after another: a second later where it is a time, one
// more where it is a number.
func following(v string) (string, bool) {
	if t, err := time.Parse(stamp, v); err == nil && t.Year() > 1990 {
		return t.Add(time.Second).Format(stamp), true
	}
	if t, err := time.Parse("2006-01-02-150405", v); err == nil {
		return t.Add(time.Second).Format("2006-01-02-150405"), true
	}
	i := len(v)
	for i > 0 && '0' <= v[i-1] && v[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseUint(v[i:], 10, 63)
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("%s%0*d", v[:i], len(v)-i, n+1), true
}

// before orders versions of one spelling.
func before(a, b string) bool {
	a, b = strings.ReplaceAll(a, "-", ""), strings.ReplaceAll(b, "-", "")
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return x < y
}
