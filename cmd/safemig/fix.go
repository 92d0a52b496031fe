package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/split"
	"github.com/safemig/safemig/rules"
)

// fixFlags is what `fix` was asked beyond its input.
type fixFlags struct {
	input
	split, diff  bool
	unsafe       bool
	since, after string
}

func fixCommand() *cobra.Command {
	var c fixFlags
	cmd := &cobra.Command{
		Use:   "fix [flags] [path ...]",
		Short: "Make the edits that are safe unread, or write the safe sequence of migrations",
		Long: `fix makes the edits of 'safemig check --fix': those that are safe to make unread.
Files that the remote's default branch has are left alone, unless they are named:
what has been applied must not change.

With --split it writes, in place of a migration that would lock others out, the
sequence of migrations that does not: constraints NOT VALID, then VALIDATE; indexes
CONCURRENTLY in a migration of their own; new values filled in batches; a column's
type changed by way of a second column. File names, versions, markers and down
parts are those of the migration tool. The sequence ends with the schema that the
original would have made, and has been checked like any other migration.

The file of the original becomes the first of the sequence, so it must not have
been applied anywhere. What has been applied:
  --after VERSION   every migration up to this version
  --since REF       every file that the commit has at which REF and HEAD parted
  otherwise         --since origin/HEAD, origin/main or origin/master, whichever
                    there is first; without a remote, what is committed
Where there is no room for the sequence before the next migration, that one and those
behind it get later versions, their text stays; if one of them has been applied, nothing
is written. All files are written, or none.

Exit status: 0 done, or nothing to do; 1 with --diff, there is something to do;
2 the command could not do its work; 3 a bug of safemig's own.`,
		Example: `  safemig fix --split --diff db/migrations    show what would be written
  safemig fix --split db/migrations/0042_x.sql
  safemig fix --split --after 41 db/migrations
  safemig fix db/migrations`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	c.input.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&c.split, "split", false, "write the sequence of migrations that locks nobody out")
	f.BoolVar(&c.diff, "diff", false, "show what would be written as a diff, and write nothing")
	f.BoolVar(&c.unsafe, "unsafe", false, "also make the edits that have to be read: a constraint NOT VALID, which a later migration must validate")
	f.StringVar(&c.since, "since", "", "what the commit has at which this git `ref` and HEAD parted has been applied")
	f.StringVar(&c.after, "after", "", "what comes up to this `version` has been applied")
	f.SortFlags = false
	cmd.MarkFlagsMutuallyExclusive("since", "after")
	cmd.MarkFlagsMutuallyExclusive("split", "unsafe")
	return cmd
}

func (c *fixFlags) run(cmd *cobra.Command, args []string) error {
	ctx := cmd.Context()
	o, err := c.options(cmd, args)
	if err != nil {
		return err
	}
	if o.Overlay != nil {
		return errors.New("fix writes files: not what comes from standard input; use 'safemig check --diff'")
	}
	o.After = c.after
	if c.split {
		return c.writeSequences(ctx, cmd, o)
	}
	if c.since != "" {
		changed, err := lint.Since(ctx, ".", c.since)
		if err != nil {
			return err
		}
		o.Only, o.Added = changed.Has, changed.Added
	}
	if c.diff {
		return showDiff(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr(), o, c.unsafe)
	}
	_, err = makeFixes(ctx, cmd.OutOrStdout(), o, nil, c.unsafe)
	return err
}

// writeSequences splits the migrations that nobody has applied.
func (c *fixFlags) writeSequences(ctx context.Context, cmd *cobra.Command, o lint.Options) error {
	so := split.Options{Lint: o}
	if o.After == "" && !o.Config.SaysAfter() || c.since != "" {
		var err error
		if so.Pending, _, err = lint.Pending(ctx, ".", c.since); err != nil {
			return err
		}
	}
	plan, err := split.Make(ctx, so)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if c.diff {
		for _, ch := range plan.Changes {
			if _, err := io.WriteString(w, lint.Diff(ch.Path, ch.Was, ch.Now)); err != nil {
				return fmt.Errorf("write the diff: %w", err)
			}
		}
	} else if err := plan.Write(); err != nil {
		return err
	}
	sayPlan(cmd.ErrOrStderr(), plan, c.diff)
	if c.diff && len(plan.Changes) > 0 {
		return errFindings
	}
	return nil
}

// sayPlan says what was written, or would be, and what was left.
func sayPlan(w io.Writer, p *split.Plan, would bool) {
	verb := "is now"
	if would {
		verb = "would be"
	}
	for _, s := range p.Sequences {
		if len(s.To) == 1 && s.Steps > 1 {
			fmt.Fprintf(w, "%s %s %s\n", s.From, verb, counted(s.Steps, "changeset"))
			continue
		}
		fmt.Fprintf(w, "%s %s %s:\n", s.From, verb, counted(s.Steps, "migration"))
		for _, to := range s.To {
			fmt.Fprintf(w, "  %s\n", to)
		}
		if len(s.Moved) > 0 {
			fmt.Fprintln(w, "and later migrations make room for them:")
		}
		for _, to := range s.Moved {
			fmt.Fprintf(w, "  %s\n", to)
		}
	}
	if n := len(p.Applied); n > 0 {
		fmt.Fprintf(w, "left as it is: %s in migrations that have been applied, or may have been (safemig fix --help says which)\n", counted(n, "finding"))
	}
	for _, l := range p.Left {
		fmt.Fprintf(w, "%s left as it is: %s\n", placeOf(&l.Finding), l.Why)
	}
	for _, n := range p.Notes {
		fmt.Fprintln(w, n)
	}
	if len(p.Sequences) == 0 && len(p.Left) == 0 && len(p.Applied) == 0 {
		fmt.Fprintln(w, "nothing to split")
	}
}

// placeOf is the path and the line of a finding.
func placeOf(f *rules.Finding) string {
	src := f.File.Src
	return fmt.Sprintf("%s:%d: %s:", f.File.Path, 1+bytes.Count(src[:min(f.Span.Start, len(src))], []byte("\n")), f.Rule.ID)
}
