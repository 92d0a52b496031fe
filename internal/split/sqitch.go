package split

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
)

// sqitchName: deploy and revert scripts; changes have no versions.
func sqitchName(l *layout, f *file) (up, down string) {
	return "deploy/" + f.name + ".sql", "revert/" + f.name + ".sql"
}

// sqitchText is a script for psql, which opens no transaction.
func sqitchText(l *layout, f *file) string {
	if len(f.up) == 0 {
		return "-- nothing to do\n"
	}
	return wrapped(l, f)
}

// planLine is a change in a plan: name, dependencies, time, planner, note.
var planLine = regexp.MustCompile(`^(\S+)(\s*\[[^\]]*\])?\s+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\s+([^#]*?)\s*(#.*)?$`)

// sqitchMore puts a change into the plan, behind the one before, and gives it a
// verify script where the original has one.
func sqitchMore(l *layout, f *file) map[string]string {
	root := path.Dir(path.Dir(l.original()))
	if l.plan == "" {
		src, err := readFile(l.o, path.Join(root, "sqitch.plan"))
		if err != nil {
			return nil
		}
		l.plan, l.last = string(src), f.name
	}
	out := map[string]string{}
	if !f.first {
		lines := strings.SplitAfter(l.plan, "\n")
		for i, line := range lines {
			m := planLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
			if m == nil || m[1] != l.last {
				continue
			}
			at, err := time.Parse(time.RFC3339, m[3])
			if err != nil {
				continue
			}
			lines[i] = strings.TrimRight(line, "\r\n") + "\n" + fmt.Sprintf("%s [%s] %s %s # %s of %s\n", f.name, l.last,
				at.Add(time.Second).Format(time.RFC3339), m[4], f.does, l.w.m.Name)
			break
		}
		l.plan, l.last = strings.Join(lines, ""), f.name
		if verify := "verify/" + l.w.m.Name + ".sql"; exists(l.o, path.Join(root, verify)) {
			out["verify/"+f.name+".sql"] = "-- Verify " + f.name + "\n\nBEGIN;\n\nSELECT 1;\n\nROLLBACK;\n"
		}
	}
	out["sqitch.plan"] = l.plan
	return out
}
