package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/runner"
)

func upCommand() *cobra.Command {
	var r runnerFlags
	var dry bool
	cmd := &cobra.Command{
		Use:   "up [flags]",
		Short: "Check the pending migrations and apply them, one runner at a time",
		Long: `up applies what is pending, in order. Any number of nodes may run it at once: one
works, the others wait, and find nothing left to do.

What will be run is checked first, byte for byte, as 'safemig check' does, but against
this server: its version, its schema, its sizes. An error refuses the whole run before
anything is touched. --allow lets it pass; the reason is kept in the ledger.

A migration commits together with its record, which the server takes only while this
very session holds the lock. A statement that cannot run in a transaction, such as
CREATE INDEX CONCURRENTLY, is written down before and after, and looked for in the
catalog: when up is killed, run it again. A lock that is not free is given up after
--lock-timeout, everything is rolled back, and the transaction is tried again.

What is applied is recorded in safemig.migration, or with --history in the version
table that another tool keeps, under that tool's lock, too.

Exit status: 0 done; 1 refused by the checks, or a migration failed; 2 could not start;
4 a person has to say what became of a statement: safemig resolve.`,
		Example: `  safemig up --database postgres://localhost/app --dir db/migrations
  safemig up --to 0042
  safemig up --dry-run                      the same as safemig plan
  safemig up --allow 'drop-column=nothing reads it since release 7'
  safemig up --history goose                keeps goose's own table
  safemig up --format json | tee up.jsonl   one event a line`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dry {
				return r.plan(cmd)
			}
			return r.do(cmd, func(run *runner.Runner) error {
				_, err := run.Up(cmd.Context())
				return err
			})
		},
	}
	r.flags(cmd)
	r.target(cmd, "the `version` to stop at (default: all)")
	r.patience(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would be run, and what it would lock; write nothing")
	return cmd
}

func downCommand() *cobra.Command {
	var r runnerFlags
	cmd := &cobra.Command{
		Use:   "down [flags]",
		Short: "Revert the migration that was applied last",
		Long: `down runs the down part of the migration that was applied last, under the lock and
with the record of up. With --to it reverts, newest first, all that were applied after
that version, which stays; --to 0 reverts everything.

Exit status: as for up.`,
		Example: `  safemig down
  safemig down --to 0041`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.do(cmd, func(run *runner.Runner) error {
				_, err := run.Down(cmd.Context())
				return err
			})
		},
	}
	r.flags(cmd)
	r.target(cmd, "the `version` to go back to, 0 for none (default: the one before)")
	r.patience(cmd)
	return cmd
}

func redoCommand() *cobra.Command {
	var r runnerFlags
	cmd := &cobra.Command{
		Use:   "redo [flags]",
		Short: "Revert the migration that was applied last and apply it again",
		Long: `redo is down and up for one migration, under one lock: for a migration that is being
written. Its file may have changed since.

Exit status: as for up.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.do(cmd, func(run *runner.Runner) error {
				_, err := run.Redo(cmd.Context())
				return err
			})
		},
	}
	r.flags(cmd)
	r.patience(cmd)
	return cmd
}

func statusCommand() *cobra.Command {
	var r runnerFlags
	var exit bool
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Show which migrations are applied and which are pending",
		Long: `status reads what is recorded and compares it with the files. It takes no lock and
writes nothing.

Exit status: 0; with --exit-code 1 where anything is pending; 2 could not start; 4 a
person has to say what became of a statement: safemig resolve.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.status(cmd, exit) },
	}
	r.flags(cmd)
	cmd.Flags().BoolVar(&exit, "exit-code", false, "exit with status 1 where a migration is pending: for readiness probes")
	return cmd
}

func planCommand() *cobra.Command {
	var r runnerFlags
	cmd := &cobra.Command{
		Use:   "plan [flags]",
		Short: "Show what up would do, and what it would lock",
		Long: `plan shows every statement that up would run on this server, in which transaction, and
what it would lock, with what the checks say of it. It takes no lock and writes nothing.

Exit status: 0 up would begin; 1 it would refuse; 2 could not start.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.plan(cmd) },
	}
	r.flags(cmd)
	r.target(cmd, "the `version` to stop at (default: all)")
	r.allowing(cmd)
	return cmd
}

func resolveCommand() *cobra.Command {
	var r runnerFlags
	var how runner.Resolution
	cmd := &cobra.Command{
		Use:   "resolve VERSION --done | --rerun | --accept",
		Short: "Say what became of a statement, where nothing else can tell",
		Long: `resolve writes down a decision that only a person can make, and runs nothing of the
migration. A statement outside a transaction whose end nobody saw, and which leaves no
trace in the catalog (a procedure that commits, a Go function), is either done or has
to run again. A file that was changed after it was applied may stay as it is now.

Exit status: 0 written down; 2 could not start.`,
		Example: `  safemig resolve 0042 --step 2 --done     it took effect: go on behind it
  safemig resolve 0042 --step 2 --rerun    it did not: run it again
  safemig resolve 0041 --accept            the file is right as it is now`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			how.Version = args[0]
			return r.do(cmd, func(run *runner.Runner) error { return run.Resolve(cmd.Context(), how) })
		},
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&how.Step, "step", 0, "`number` of the step, as status shows it (default: the only one that is open)")
	f.BoolVar(&how.Done, "done", false, "the step took effect")
	f.BoolVar(&how.Rerun, "rerun", false, "the step did not take effect, or may be run twice")
	f.BoolVar(&how.Accept, "accept", false, "take the file as it is now for what was applied")
	cmd.MarkFlagsMutuallyExclusive("done", "rerun", "accept")
	cmd.MarkFlagsOneRequired("done", "rerun", "accept")
	r.waiting(cmd)
	return cmd
}

func adoptCommand() *cobra.Command {
	var r runnerFlags
	cmd := &cobra.Command{
		Use:   "adopt [--history TOOL] [--to VERSION]",
		Short: "Take over what another tool, or nobody, has recorded as applied",
		Long: `adopt writes into safemig's own ledger which migrations are applied already, with the
checksums of their files as they are now. With --history it reads the table of the tool
that applied them, under that tool's lock, and leaves it as it is; without, everything
up to --to counts as applied. It runs nothing of the migrations.

Exit status: 0 done; 2 could not start.`,
		Example: `  safemig adopt --history goose
  safemig adopt --to 0041                  the schema was there before safemig`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.do(cmd, func(run *runner.Runner) error {
				_, err := run.Adopt(cmd.Context(), run.History())
				return err
			})
		},
	}
	r.flags(cmd)
	r.target(cmd, "the newest `version` that is applied")
	r.waiting(cmd)
	return cmd
}

// do runs one command and tells what happens.
func (r *runnerFlags) do(cmd *cobra.Command, fn func(*runner.Runner) error) error {
	o, e, err := r.options(cmd)
	if err != nil {
		return err
	}
	run, err := runner.New(o)
	if err != nil {
		return runnerStatus(err)
	}
	err = fn(run)
	e.clear()
	return runnerStatus(err)
}

// runnerStatus gives an error its exit status; see product.md.
func runnerStatus(err error) error {
	var refused *runner.RefusedError
	var failed *runner.MigrationError
	var state *runner.StateError
	var stopped *runner.InterruptedError
	var lost *runner.LostError
	var unresolved *runner.UnresolvedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unresolved):
		return &statusError{exitResolve, err}
	case errors.As(err, &refused), errors.As(err, &failed), errors.As(err, &state), errors.As(err, &stopped), errors.As(err, &lost):
		return &statusError{exitFindings, err}
	}
	return err
}

// history gives the version table that --history names.
func (r *runnerFlags) histories() (runner.History, error) {
	if r.history == "" {
		return nil, nil
	}
	h, err := runner.HistoryByName(r.history)
	if err != nil {
		name, _, _ := strings.Cut(r.history, ":")
		if !slices.Contains(runner.Histories(), name) {
			return nil, fmt.Errorf("--history %s: there is no such table%s; safemig keeps those of %s", r.history, lint.DidYouMean(name, runner.Histories()), strings.Join(runner.Histories(), ", "))
		}
		return nil, fmt.Errorf("--history %s: %w", r.history, err)
	}
	return h, nil
}
