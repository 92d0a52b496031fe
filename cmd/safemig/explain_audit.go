package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/audit"
)

func auditIDs() []string {
	var ids []string
	for _, r := range audit.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// audited prints the page of what an audit finds; under another page where a rule of
// check has the same name.
func (p page) audited(r audit.Rule, under bool) {
	if under {
		fmt.Fprintf(p.w, "\n%s\n\n", p.strong("In a log (safemig audit)"))
	} else {
		fmt.Fprintf(p.w, "%s  found in logs by safemig audit, %s at worst\n%s\n\n", p.strong(r.ID), r.Severity, r.Summary)
	}
	text, ok := audit.Page(r.ID)
	if !ok {
		return
	}
	archive := txtar.Parse([]byte(text))
	p.comment(archive)
	for _, f := range archive.Files {
		name, at, reported := strings.Cut(f.Name, ":")
		title := "Passes"
		if reported {
			title = "Reported"
		}
		fmt.Fprintf(p.w, "\n%s (%s)\n\n", p.strong(title), name)
		n, _ := strconv.Atoi(at)
		for i, line := range strings.Split(strings.TrimRight(string(f.Data), "\n"), "\n") {
			if reported && i+1 == n {
				line += "  " + p.strong("<-- reported")
			}
			fmt.Fprintln(p.w, strings.TrimRight("    "+line, " "))
		}
	}
}
