package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/report"
	"github.com/safemig/safemig/rules"
)

// checkFlags is what `check` was asked beyond its input.
type checkFlags struct {
	input
	format, color, failOn    string
	out, enable, disable     []string
	packages                 []string
	since, after, baseline   string
	staged, write, fix, diff bool
	verbose                  bool
}

func checkCommand() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] [path ...]",
		Short: "Find what is unsafe in migrations",
		Long: `check replays migrations in the order in which their tool runs them and reports
every statement that would lock out a running application, fail, break its code,
or lose data, with what to write instead.

Paths are files, directories, globs, or - for standard input. Without one, every
migration directory below the working directory is checked. A file that is named
alone is judged with the earlier migrations of its directory.

To keep a statement that is safe for a reason safemig cannot know, say so above it:
  -- safemig:ignore RULE[, RULE] reason

Exit status: 0 nothing at or above --fail-on; 1 findings; 2 the command could not do
its work; 3 a bug of safemig's own.`,
		Example: `  safemig check
  safemig check --pg 14 db/migrations
  safemig check --since origin/main              only what this branch adds
  safemig check --staged                         in a pre-commit hook
  safemig check --out sarif=safemig.sarif        a second report, for CI
  safemig check --go ./...                       and what Go code sends or still names
  safemig check --diff db/migrations/0042_x.sql  show the edits that are safe
  pg_dump -s app | safemig check --schema db/schema.sql --stdin-filename db/0043_y.sql -`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	c.input.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.format, "format", "text", strings.Join(report.Formats(), ", "))
	f.StringArrayVar(&c.out, "out", nil, "a further report as `FORMAT=PATH`; repeatable")
	f.StringVar(&c.failOn, "fail-on", "error", "least severity that makes the exit status 1: error, warning, info or never")
	f.StringArrayVar(&c.enable, "enable", nil, "turn the rule `ID` on; repeatable")
	f.StringArrayVar(&c.disable, "disable", nil, "turn the rule `ID` off; repeatable")
	f.StringVar(&c.since, "since", "", "report only files added or changed since this git `ref` and HEAD parted")
	f.BoolVar(&c.staged, "staged", false, "report only files staged in git, as they are staged")
	f.StringVar(&c.after, "after", "", "report only migrations after this `version`")
	f.StringArrayVar(&c.packages, "go", nil, "look at Go `packages` too, as in --go ./...: their SQL, advisory locks, and queries of\nwhat a migration drops; sqlc's queries too. Repeatable")
	f.StringVar(&c.baseline, "baseline", "", "do not report the findings that `file` lists")
	f.BoolVar(&c.write, "write-baseline", false, "write the findings to the baseline instead of reporting them")
	f.BoolVar(&c.fix, "fix", false, "make the edits that are safe to make unread, and report what is left")
	f.BoolVar(&c.diff, "diff", false, "show the edits of --fix as a diff, and make none")
	f.StringVar(&c.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "say what was read as which tool's, and what could not be modelled")
	f.SortFlags = false
	cmd.MarkFlagsMutuallyExclusive("since", "staged")
	cmd.MarkFlagsMutuallyExclusive("fix", "diff", "write-baseline")
	completeRules := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("enable", completeRules)
	_ = cmd.RegisterFlagCompletionFunc("disable", completeRules)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (c *checkFlags) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	outs, err := c.outputs()
	if err != nil {
		return err
	}
	tint, err := colors(c.color, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	o, err := c.options(cmd, args)
	if err != nil {
		return err
	}
	failOn, err := c.threshold(cmd, o.Config)
	if err != nil {
		return err
	}
	baseline, err := c.narrow(ctx, &o)
	if err != nil {
		return err
	}
	if len(c.packages) > 0 {
		if err := c.program(ctx, &o); err != nil {
			return err
		}
	}
	result, err := lint.Run(ctx, o)
	var unread *lint.UnreadError
	if err != nil && !errors.As(err, &unread) {
		return err
	}
	switch {
	case unread != nil && (c.write || c.diff || c.fix):
		return unread
	case c.write:
		return writeBaseline(cmd.OutOrStdout(), baseline, o.Config, result)
	case c.diff:
		return showDiff(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), o, false)
	case c.fix:
		if result, err = makeFixes(ctx, cmd.ErrOrStderr(), o, result, false); err != nil {
			return err
		}
	}
	style := report.Style{Color: tint, Verbose: c.verbose, Version: version(), Width: terminalWidth(cmd.OutOrStdout())}
	further, err := prepareReports(outs, result)
	if err != nil {
		return err
	}
	defer further.discard()
	if err := report.Write(cmd.OutOrStdout(), c.format, result, style); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := further.commit(); err != nil {
		return err
	}
	if o.Baseline != nil {
		sayStale(cmd.ErrOrStderr(), o.Baseline.Stale(), c.verbose)
	}
	if unread != nil {
		return unread
	}
	return verdict(result, failOn)
}

// sayStale tells of what the baseline lists for nothing.
func sayStale(w io.Writer, stale []lint.Stale, each bool) {
	if len(stale) == 0 {
		return
	}
	for i := 0; each && i < len(stale); i++ {
		fmt.Fprintf(w, "%s: %s is in the baseline and not found any more [%s]\n", stale[i].Path, stale[i].Message, stale[i].Rule)
	}
	fmt.Fprintf(w, "%s of the baseline found no more: --write-baseline takes them out, -v lists them\n", counted(len(stale), "finding"))
}

// verdict is the exit status as an error.
func verdict(r *lint.Result, failOn rules.Severity) error {
	for i := range r.Findings {
		if r.Findings[i].Severity >= failOn {
			return errFindings
		}
	}
	return nil
}

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

type output struct{ format, path string }

// outputs reads --format and --out.
func (c *checkFlags) outputs() ([]output, error) {
	known := report.Formats()
	if !slices.Contains(known, c.format) {
		return nil, fmt.Errorf("--format %s: must be one of %s", c.format, strings.Join(known, ", "))
	}
	var outs []output
	for _, s := range c.out {
		format, path, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return nil, fmt.Errorf("--out %s: must be FORMAT=PATH, as in --out sarif=safemig.sarif", s)
		}
		if !slices.Contains(known, format) {
			return nil, fmt.Errorf("--out %s: the format must be one of %s", s, strings.Join(known, ", "))
		}
		if i := slices.IndexFunc(outs, func(o output) bool { return filepath.Clean(o.path) == filepath.Clean(path) }); i >= 0 {
			return nil, fmt.Errorf("--out %s: --out %s=%s writes that file already", s, outs[i].format, outs[i].path)
		}
		outs = append(outs, output{format, path})
	}
	return outs, nil
}

// options adds what check alone can be asked.
func (c *checkFlags) options(cmd *cobra.Command, args []string) (lint.Options, error) {
	o, err := c.input.options(cmd, args)
	if err != nil {
		return o, err
	}
	o.Severity = map[string]rules.Severity{}
	for flag, ids := range map[string][]string{"enable": c.enable, "disable": c.disable} {
		for _, id := range ids {
			rule, ok := rules.Find(id)
			if !ok {
				return o, fmt.Errorf("--%s %s: there is no such rule%s; safemig explain lists them", flag, id, lint.DidYouMean(id, ruleIDs()))
			}
			switch {
			case flag == "disable":
				o.Severity[id] = rules.Off
			case slices.Contains(c.disable, id):
				return o, fmt.Errorf("--enable %s and --disable %s: one or the other", id, id)
			case rule.Severity == rules.Off:
				o.Severity[id] = rules.Warning
			default:
				o.Severity[id] = rule.Severity
			}
		}
	}
	return o, nil
}

// threshold is the least severity that makes the exit status 1.
func (c *checkFlags) threshold(cmd *cobra.Command, config *lint.Config) (rules.Severity, error) {
	name := c.failOn
	if config != nil && config.FailOn != "" && !cmd.Flags().Changed("fail-on") {
		name = config.FailOn
	}
	if name == "never" {
		return rules.Error + 1, nil
	}
	s, ok := rules.ParseSeverity(name)
	if !ok || s == rules.Off {
		return s, fmt.Errorf("--fail-on %s: must be error, warning, info or never", name)
	}
	return s, nil
}

// narrow limits the run to what is new, and gives the path of the baseline.
func (c *checkFlags) narrow(ctx context.Context, o *lint.Options) (baseline string, err error) {
	o.After = c.after
	var changed *lint.Changed
	switch {
	case c.since != "":
		changed, err = lint.Since(ctx, ".", c.since)
	case c.staged:
		changed, err = lint.Staged(ctx, ".")
	}
	if err != nil {
		return "", err
	}
	if changed != nil {
		o.Only, o.Added = changed.Has, changed.Added
		for p, src := range changed.Index {
			if o.Overlay == nil {
				o.Overlay = map[string][]byte{}
			}
			o.Overlay[p] = src
		}
	}
	if baseline = c.baseline; baseline == "" && o.Config != nil {
		baseline = o.Config.Baseline
	}
	if baseline != "" && !c.write {
		o.Baseline, err = lint.ReadBaseline(baseline, ".")
	}
	return baseline, err
}

func writeBaseline(w io.Writer, path string, config *lint.Config, r *lint.Result) error {
	if path == "" {
		path = lint.BaselineName
	}
	if err := lint.WriteBaseline(path, ".", r.Findings); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s written to %s\n", counted(len(r.Findings), "finding"), path)
	if config == nil || config.Baseline == "" {
		fmt.Fprintf(w, "to have every run use it, say in %s: baseline: %s\n", lint.ConfigName, path)
	}
	return nil
}

// showDiff prints what --fix would change.
func showDiff(ctx context.Context, w, stderr io.Writer, o lint.Options, unsafe bool) error {
	fixed, refused, err := fixes(ctx, o, unsafe)
	if err != nil {
		return err
	}
	sayRefused(stderr, refused)
	for _, f := range fixed {
		if _, err := io.WriteString(w, f.Diff()); err != nil {
			return fmt.Errorf("write the diff: %w", err)
		}
	}
	if len(fixed) > 0 {
		return errFindings
	}
	return nil
}

// fixes gives the edits to make. Of migrations that were not named one by one,
// those that the remote's default branch has are left alone: they have been
// applied, and tools refuse a file that changed since.
func fixes(ctx context.Context, o lint.Options, unsafe bool) ([]lint.Fixed, []rules.Finding, error) {
	if pending, ref, err := lint.Pending(ctx, ".", ""); err == nil && strings.HasPrefix(ref, "origin/") {
		named := map[string]bool{}
		for _, p := range o.Paths {
			named[filepath.ToSlash(filepath.Clean(p))] = true
		}
		return lint.Fix(ctx, lint.FixOptions{Options: o, Unsafe: unsafe, Only: func(p string) bool { return pending(p) || named[p] }})
	}
	return lint.Fix(ctx, lint.FixOptions{Options: o, Unsafe: unsafe})
}

// sayRefused names the findings whose edits were not made.
func sayRefused(w io.Writer, refused []rules.Finding) {
	for i := range refused {
		fmt.Fprintf(w, "%s left as it is: the edit would bring other findings\n", placeOf(&refused[i]))
	}
}

// makeFixes writes the files with their edits and checks them again.
func makeFixes(ctx context.Context, w io.Writer, o lint.Options, r *lint.Result, unsafe bool) (*lint.Result, error) {
	if o.Overlay != nil {
		return nil, errors.New("--fix writes files: not what is staged or comes from standard input; use --diff")
	}
	fixed, refused, err := fixes(ctx, o, unsafe)
	if err != nil {
		return nil, err
	}
	sayRefused(w, refused)
	made := 0
	for _, f := range fixed {
		if err := rewrite(f.File.Path, f.File.Src, f.Src); err != nil {
			return nil, err
		}
		made += f.Fixes
	}
	if made == 0 {
		return r, nil
	}
	fmt.Fprintf(w, "%s fixed in %s\n", counted(made, "finding"), counted(len(fixed), "file"))
	return lint.Run(ctx, o)
}

// rewrite replaces a file in one step, unless somebody else changed it meanwhile.
func rewrite(path string, was, now []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("fix: %w", err)
	}
	if src, err := os.ReadFile(path); err != nil {
		return fmt.Errorf("fix: %w", err)
	} else if !bytes.Equal(src, was) {
		return fmt.Errorf("fix %s: the file has changed while it was checked: run again", path)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".safemig-*")
	if err != nil {
		return fmt.Errorf("fix: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone after the rename
	_, err = tmp.Write(now)
	err = errors.Join(err, tmp.Chmod(info.Mode()), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("fix: %w", err)
	}
	return nil
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return ids
}
