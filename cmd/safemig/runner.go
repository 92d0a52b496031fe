package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/runner"
)

// runnerFlags are those that the commands of the runner share.
type runnerFlags struct {
	o                                 runner.Options
	history, format, color, interrupt string
	allow                             []string
	verbose                           bool
}

func (r *runnerFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.o.Database, "database", "", "`DSN` of the database (default: $DATABASE_URL)")
	f.StringVar(&r.o.Dir, "dir", "", "`directory` of the migrations (default: the only one below the working directory)")
	f.StringVar(&r.o.Tool, "tool", "", "migration tool: "+strings.Join(lint.Tools(), ", ")+" (default: detected)")
	f.StringVar(&r.history, "history", "", "the version `table` that says what is applied: "+strings.Join(runner.Histories(), ", ")+" (default: safemig's own ledger)")
	f.StringVar(&r.o.Config, "config", "", "configuration `file` (default: the nearest "+lint.ConfigName+" upwards)")
	f.StringVar(&r.format, "format", "text", "text or json")
	f.StringVar(&r.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	f.BoolVarP(&r.verbose, "verbose", "v", false, "show every statement, and what the checks say short of an error")
	_ = cmd.RegisterFlagCompletionFunc("tool", cobra.FixedCompletions(lint.Tools(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("history", cobra.FixedCompletions(runner.Histories(), cobra.ShellCompDirectiveNoFileComp))
	f.SortFlags = false
}

func (r *runnerFlags) target(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&r.o.To, "to", "", usage)
}

// waiting adds the flag of the commands that take the lock.
func (r *runnerFlags) waiting(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&r.o.LockWait, "lock-wait", 10*time.Minute, "how long to wait for another runner, and for sessions that hold up a concurrent build")
}

func (r *runnerFlags) allowing(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&r.allow, "allow", nil, "`RULE=reason`: run in spite of what the rule finds; also "+
		strings.Join([]string{runner.AllowDrift, runner.AllowOutOfOrder, runner.AllowNewer}, ", ")+"; repeatable")
}

// patience adds the flags of the commands that run migrations.
func (r *runnerFlags) patience(cmd *cobra.Command) {
	r.waiting(cmd)
	f := cmd.Flags()
	f.DurationVar(&r.o.LockTimeout, "lock-timeout", 3*time.Second, "longest lock_timeout of one attempt; a transaction that meets it is rolled back and tried again")
	f.IntVar(&r.o.Tries, "tries", 30, "attempts of a transaction that meets its lock_timeout")
	f.StringVar(&r.interrupt, "on-interrupt", "wait", "what a signal does to a statement outside a transaction: wait (for --grace, then cancel) or cancel")
	f.DurationVar(&r.o.Grace, "grace", 30*time.Second, "how long --on-interrupt=wait waits")
	r.allowing(cmd)
}

// options makes the runner's options of the flags.
func (r *runnerFlags) options(cmd *cobra.Command) (runner.Options, *events, error) {
	o := r.o
	if r.format != "text" && r.format != "json" {
		return o, nil, fmt.Errorf("--format %s: must be one of json, text", r.format)
	}
	switch r.interrupt {
	case "", "wait":
	case "cancel":
		o.Interrupt = runner.InterruptCancel
	default:
		return o, nil, fmt.Errorf("--on-interrupt %s: must be wait or cancel", r.interrupt)
	}
	for name, d := range map[string]time.Duration{"lock-wait": o.LockWait, "lock-timeout": o.LockTimeout, "grace": o.Grace} {
		if cmd.Flags().Changed(name) && d <= 0 {
			return o, nil, fmt.Errorf("--%s %s: must be more than nothing, as in --%s 30s", name, d, name)
		}
	}
	if cmd.Flags().Changed("tries") && o.Tries < 1 {
		return o, nil, fmt.Errorf("--tries %d: must be 1 at least", o.Tries)
	}
	o.Allow = map[string]string{}
	for _, a := range r.allow {
		rule, reason, _ := strings.Cut(a, "=")
		o.Allow[rule] = reason
	}
	if err := runner.CheckAllow(o.Allow); err != nil {
		return o, nil, fmt.Errorf("--allow: %w", err)
	}
	var err error
	if o.History, err = r.histories(); err != nil {
		return o, nil, err
	}
	tint, err := colors(r.color, cmd.OutOrStdout())
	if err != nil {
		return o, nil, err
	}
	e := &events{w: cmd.OutOrStdout(), json: r.format == "json", ink: ink(tint), verbose: r.verbose, width: terminalWidth(cmd.OutOrStdout())}
	o.Events = e.event
	return o, e, nil
}
