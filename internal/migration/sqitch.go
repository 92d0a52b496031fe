package migration

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// sqitch reads projects of Sqitch: sqitch.plan, and deploy/<change>.sql and
// revert/<change>.sql in the order of the plan. psql runs them, each statement by
// itself: there is no transaction but that of BEGIN and COMMIT in the file. psql's
// variables are taken for names and strings; what \i and \ir include is read in place.
// verify scripts are rolled back and not read. A change that was reworked has its
// older script under <change>@<tag>.sql.
func sqitch() Format {
	return Format{
		Name: "sqitch", Recursive: true, Detect: detectSqitch, ReadFile: sqitchFile, Read: readSqitch,
		Include: func(fsys fs.FS, m *Migration) { newScripts(fsys).include(m) },
		Owns: func(p string) bool {
			return (strings.HasPrefix(p, "deploy/") || strings.HasPrefix(p, "revert/")) && strings.HasSuffix(p, ".sql")
		},
	}
}

func detectSqitch(fsys fs.FS) (int, string) {
	if has(fsys, "sqitch.plan") && has(fsys, "deploy") {
		return 98, "sqitch.plan"
	}
	return 0, ""
}

func sqitchFile(f *File) Migration {
	m := Migration{File: f, Name: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(f.Path, "deploy/"), "revert/"), ".sql")}
	m.Version = m.Name
	s := psqlSection(f.each(Run{Wrap: WrapNone}), true)
	m.put(s, strings.HasPrefix(f.Path, "revert/"))
	return m
}

// sqitchChange is one line of a plan.
type sqitchChange struct {
	name string
	file string // without deploy/ and .sql
	at   Span
}

// sqitchPlan gives the changes of a plan in their order. An older instance of a
// change that comes again has the tag that followed it in its file's name.
func sqitchPlan(src []byte) []sqitchChange {
	var changes []sqitchChange
	last := map[string]int{}  // by name: its last instance
	tagOf := map[int]string{} // by instance: the first tag behind it
	for off := 0; off < len(src); {
		line, next := cutLine(src, off)
		start := off
		off = next
		text := string(line)
		if i := strings.Index(text, "#"); i >= 0 {
			text = text[:i]
		}
		fields := strings.Fields(text)
		if len(fields) == 0 || fields[0][0] == '%' {
			continue
		}
		name := fields[0]
		if name[0] == '@' {
			for i := range changes {
				if _, tagged := tagOf[i]; !tagged {
					tagOf[i] = name
				}
			}
			continue
		}
		if (name == "+" || name == "-") && len(fields) > 1 {
			name = fields[1]
		}
		name = strings.TrimLeft(name, "+-")
		if i, again := last[name]; again {
			changes[i].file = name + tagOf[i]
		}
		last[name] = len(changes)
		changes = append(changes, sqitchChange{name, name, Span{start, start + len(line)}})
	}
	return changes
}

func readSqitch(fsys fs.FS) ([]Migration, error) {
	plan, err := readFile(fsys, "sqitch.plan")
	if err != nil {
		return nil, err
	}
	var ms []Migration
	scripts := newScripts(fsys)
	for _, c := range sqitchPlan(plan.Src) {
		m := Migration{File: plan, Version: c.name, Name: c.name}
		for _, dir := range []string{"deploy", "revert"} {
			p := path.Join(dir, c.file+".sql")
			if !fs.ValidPath(p) {
				continue
			}
			if _, err := fs.Stat(fsys, p); err != nil {
				if dir == "deploy" {
					m.refuse(c.at, fmt.Sprintf("sqitch does not find %s", p), "add the script, or take the change out of the plan")
				}
				continue
			}
			f, err := readFile(fsys, p)
			if err != nil {
				return nil, err
			}
			one := sqitchFile(f)
			if dir == "deploy" {
				m.File = f
			}
			m.Up, m.Down = append(m.Up, one.Up...), append(m.Down, one.Down...)
		}
		scripts.include(&m)
		ms = append(ms, m)
	}
	return ms, nil
}
