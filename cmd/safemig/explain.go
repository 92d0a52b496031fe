package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"github.com/safemig/safemig/internal/audit"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

func explainCommand() *cobra.Command {
	var color string
	cmd := &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say why a rule fires and what to do, or list the rules",
		Long: `explain prints the page of a rule: what happens on the server, what to write
instead, what is not reported, and examples, which safemig's own tests run.
Without a rule it lists all of them.`,
		Example: `  safemig explain
  safemig explain index-not-concurrent`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Concat(ruleIDs(), auditIDs()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			tint, err := colors(color, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			w := bufio.NewWriter(cmd.OutOrStdout())
			p := page{w: w, tint: tint}
			if len(args) == 0 {
				p.list()
				return w.Flush()
			}
			rule, ok := rules.Find(args[0])
			found, audited := audit.FindRule(args[0])
			switch {
			case !ok && !audited:
				return fmt.Errorf("there is no rule %s%s; safemig explain lists them", args[0], lint.DidYouMean(args[0], slices.Concat(ruleIDs(), auditIDs())))
			case ok:
				p.rule(rule)
			}
			if audited {
				p.audited(found, ok)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&color, "color", "auto", "auto, always or never")
	return cmd
}

// page writes for people.
type page struct {
	w    io.Writer
	tint bool
}

func (p page) strong(s string) string {
	if !p.tint {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// categories in the order in which they are listed.
var categories = []struct {
	c     rules.Category
	title string
}{
	{rules.Lock, "lock: others wait"},
	{rules.Failure, "failure: the migration fails, hangs, or leaves broken state"},
	{rules.Breaking, "breaking: running application code breaks"},
	{rules.DataLoss, "data-loss: data is gone"},
	{rules.Security, "security"},
	{rules.Hygiene, "hygiene: timeouts, naming, types, idempotence"},
}

func (p page) list() {
	width := 0
	for _, r := range rules.All() {
		width = max(width, len(r.ID))
	}
	first := true
	for _, c := range categories {
		title := c.title
		for _, r := range rules.All() {
			if r.Category != c.c {
				continue
			}
			if title != "" {
				if !first {
					fmt.Fprintln(p.w)
				}
				fmt.Fprintln(p.w, p.strong(title))
				title, first = "", false
			}
			fmt.Fprintf(p.w, "  %-*s  %-7s  %s\n", width, r.ID, r.Severity, r.Summary)
		}
	}
	fmt.Fprintf(p.w, "\n%s\n", p.strong("in logs: what safemig audit finds"))
	for _, r := range audit.Rules() {
		fmt.Fprintf(p.w, "  %-*s  %-7s  %s\n", width, r.ID, r.Severity, r.Summary)
	}
}

func (p page) rule(r *rules.Rule) {
	fmt.Fprintf(p.w, "%s  %s, %s by default\n%s\n", p.strong(r.ID), r.Category, r.Severity, r.Summary)
	fmt.Fprintln(p.w)
	text, ok := rules.Page(r.ID)
	if !ok {
		return
	}
	archive := txtar.Parse([]byte(text))
	p.comment(archive)
	p.examples(archive, "bad", "Reported")
	p.examples(archive, "good", "Silent")
}

// comment prints a page's text.
func (p page) comment(archive *txtar.Archive) {
	skip := false
	for _, line := range strings.Split(strings.TrimSpace(string(archive.Comment)), "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			fmt.Fprintln(p.w, p.strong(heading))
			skip = true
			continue
		}
		if skip = skip && strings.TrimSpace(line) == ""; !skip { // no blank line under a heading
			fmt.Fprintln(p.w, line)
		}
	}
}

// examples prints the files of a kind.
func (p page) examples(a *txtar.Archive, kind, title string) {
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Name, kind) {
			continue
		}
		if title != "" {
			fmt.Fprintf(p.w, "\n%s\n", p.strong(title))
			title = ""
		}
		fmt.Fprintln(p.w)
		if note := caption(f.Name); note != "" {
			fmt.Fprintf(p.w, "    -- %s\n", note)
		}
		for _, line := range strings.Split(strings.TrimRight(string(f.Data), "\n"), "\n") {
			for _, mark := range []string{"-- want ", "// want "} {
				if text, _, marked := strings.Cut(line, mark); marked {
					line = strings.TrimRight(text, " \t") + "  " + p.strong("<-- reported")
				}
			}
			fmt.Fprintln(p.w, strings.TrimRight("    "+line, " "))
		}
	}
}

// caption says what an example's path says: the tool, the server, the file of a
// history. "good2/pg13/0002_b.sql" is "PostgreSQL 13, 0002_b.sql".
func caption(name string) string {
	elements := strings.Split(strings.TrimSuffix(name, ".sql"), "/")[1:]
	if strings.HasSuffix(name, ".go") && len(elements) > 0 {
		return elements[len(elements)-1]
	}
	var parts []string
	for i, e := range elements {
		switch {
		case strings.HasPrefix(e, "pg"):
			parts = append(parts, "PostgreSQL "+e[2:])
		case i == len(elements)-1 && strings.Contains(e, "_"):
			parts = append(parts, e+".sql")
		case i == len(elements)-1 && e == "schema":
			parts = append(parts, "the schema before")
		case i < len(elements)-1:
			parts = append(parts, e)
		}
	}
	return strings.Join(parts, ", ")
}
