package migration

import (
	"fmt"
	"io/fs"
	"strings"
)

// sqitch reads projects of Sqitch: sqitch.plan, and deploy/<change>.sql and
// revert/<change>.sql in the order of the plan, or where sqitch.conf has them (see
// sqitch_conf.go). psql runs them, each statement by itself: there is no transaction but
// that of BEGIN and COMMIT in the file. psql's variables are taken for names and
// strings; what \i and \ir include is read in place. verify scripts are rolled back
// and not read. A change that was reworked has its older script under
// <change>@<tag>.sql.
func sqitch() Format {
	return Format{
		Name: "sqitch", Recursive: true, Detect: detectSqitch, ReadFile: sqitchFile, Read: readSqitch,
		OwnsIn: func(fsys fs.FS) func(string) bool {
			l := sqitchPlaces(fsys)
			return func(p string) bool {
				for _, dir := range []string{l.deploy, l.revert, l.reworkedDeploy, l.reworkedRevert} {
					if strings.HasPrefix(p, dir+"/") && strings.HasSuffix(p, l.extension) {
						return true
					}
				}
				return false
			}
		},
		Include: func(fsys fs.FS, m *Migration) { newScripts(fsys).include(m) },
		Owns: func(p string) bool {
			return (strings.HasPrefix(p, "deploy/") || strings.HasPrefix(p, "revert/")) && strings.HasSuffix(p, ".sql")
		},
	}
}

func sqitchFile(f *File) Migration {
	m := Migration{File: f, Name: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(f.Path, "deploy/"), "revert/"), ".sql")}
	m.Version = m.Name
	m.put(sqitchScript(f), strings.Contains("/"+f.Path, "/revert/"))
	return m
}

func sqitchScript(f *File) Section { return psqlSection(f.each(Run{Wrap: WrapNone}), true) }

// sqitchChange is one line of a plan.
type sqitchChange struct {
	name string
	tags []string // that it had before it was reworked: its script has one of them in its name
	at   Span
}

// sqitchPlan gives the changes of a plan in their order. A change that comes again
// was reworked in between. said are the %pragmas.
func sqitchPlan(src []byte) (changes []sqitchChange, said map[string]string) {
	said = map[string]string{}
	last := map[string]int{} // by name: its last instance
	type tag struct {
		name  string
		after int // so many changes
	}
	var tags []tag
	for off := 0; off < len(src); {
		line, next := cutLine(src, off)
		start := off
		off = next
		text := string(line)
		if i := strings.Index(text, "#"); i >= 0 {
			text = text[:i]
		}
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		name := fields[0]
		switch name[0] {
		case '%':
			key, value, _ := strings.Cut(strings.TrimSpace(text)[1:], "=")
			said[strings.TrimSpace(key)] = strings.TrimSpace(value)
			continue
		case '@':
			tags = append(tags, tag{name, len(changes)})
			continue
		}
		if (name == "+" || name == "-") && len(fields) > 1 {
			name = fields[1]
		}
		name = strings.TrimLeft(name, "+-")
		if i, again := last[name]; again {
			for _, t := range tags {
				if t.after > i {
					changes[i].tags = append(changes[i].tags, t.name)
				}
			}
		}
		last[name] = len(changes)
		changes = append(changes, sqitchChange{name, nil, Span{start, start + len(line)}})
	}
	return changes, said
}

func readSqitch(fsys fs.FS) ([]Migration, error) {
	at := sqitchPlaces(fsys)
	plan, err := readFile(fsys, at.plan)
	if err != nil {
		return nil, err
	}
	changes, said := sqitchPlan(plan.Src)
	var ms []Migration
	scripts := newScripts(fsys)
	for _, c := range changes {
		m := Migration{File: plan, Version: c.name, Name: c.name}
		if len(ms) == 0 && said["project"] == "" {
			m.refuse(Span{}, "sqitch refuses a plan without %project", "write %project=<name> above the first change, and an empty line behind it")
		}
		deploy, revert := at.scripts(fsys, c)
		if f, err := readFile(fsys, deploy); err == nil {
			m.File = f
			m.Up = []Section{sqitchScript(f)}
		} else {
			m.Errs = append(m.Errs, &Error{File: plan, Span: c.at, Msg: fmt.Sprintf("sqitch does not find %s", deploy), Hint: "add the script, or take the change out of the plan"})
		}
		if f, err := readFile(fsys, revert); err == nil {
			m.Down = []Section{sqitchScript(f)}
		}
		scripts.include(&m)
		ms = append(ms, m)
	}
	return ms, nil
}
