package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/runner"
)

// runnerFlags are those that the commands of the runner share.
type runnerFlags struct {
	o           runner.Options
	history     string
	format      string
	color       string
	interrupt   string
	allow       []string
	verbose     bool
	lockWait    time.Duration
	lockTimeout time.Duration
}

func (r *runnerFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.o.Database, "database", "", "`DSN` of the database (default: $DATABASE_URL)")
	f.StringVar(&r.o.Dir, "dir", "", "`directory` of the migrations (default: the only one below the working directory)")
	f.StringVar(&r.o.Tool, "tool", "", "migration tool: "+strings.Join(lint.Tools(), ", ")+" (default: detected)")
	f.StringVar(&r.o.Config, "config", "", "configuration `file` (default: the nearest "+lint.ConfigName+" upwards)")
	f.StringVar(&r.format, "format", "text", "text, or json: one event a line")
	f.StringVar(&r.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	_ = cmd.RegisterFlagCompletionFunc("tool", cobra.FixedCompletions(lint.Tools(), cobra.ShellCompDirectiveNoFileComp))
	f.SortFlags = false
}

// patience adds the flags of the commands that take the lock.
func (r *runnerFlags) patience(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&r.o.LockWait, "lock-wait", 10*time.Minute, "how long to wait for another runner, and for sessions that hold up a concurrent build")
	f.DurationVar(&r.o.LockTimeout, "lock-timeout", 3*time.Second, "longest lock_timeout of one attempt; a transaction that meets it is rolled back and tried again")
	f.IntVar(&r.o.Tries, "tries", 30, "attempts of a transaction that meets its lock_timeout")
	f.StringVar(&r.interrupt, "on-interrupt", "wait", "what a signal does to a statement that runs outside a transaction: wait (for --grace, then cancel) or cancel")
	f.DurationVar(&r.o.Grace, "grace", 30*time.Second, "how long --on-interrupt=wait waits")
	f.StringArrayVar(&r.allow, "allow", nil, "`RULE=reason`: run in spite of what the rule finds; the reason is recorded; repeatable")
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
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"lock-wait", o.LockWait}, {"lock-timeout", o.LockTimeout}, {"grace", o.Grace}} {
		if cmd.Flags().Changed(d.name) && d.d <= 0 {
			return o, nil, fmt.Errorf("--%s %s: must be more than nothing, as in --%s 30s", d.name, d.d, d.name)
		}
	}
	o.Allow = map[string]string{}
	for _, a := range r.allow {
		rule, reason, _ := strings.Cut(a, "=")
		o.Allow[rule] = reason
	}
	if err := runner.CheckAllow(o.Allow); err != nil {
		return o, nil, fmt.Errorf("--allow: %w", err)
	}
	tint, err := colors(r.color, cmd.OutOrStdout())
	if err != nil {
		return o, nil, err
	}
	e := &events{w: cmd.OutOrStdout(), json: r.format == "json", color: tint}
	o.Events = e.event
	return o, e, nil
}

// runnerStatus gives an error its exit status; see product.md.
func runnerStatus(err error) error {
	if err == nil {
		return nil
	}
	var refused *runner.RefusedError
	var failed *runner.MigrationError
	var state *runner.StateError
	var stopped *runner.InterruptedError
	var unresolved *runner.UnresolvedError
	switch {
	case errors.As(err, &unresolved):
		return &statusError{exitResolve, err}
	case errors.As(err, &refused), errors.As(err, &failed), errors.As(err, &state), errors.As(err, &stopped):
		return &statusError{exitFindings, err}
	}
	return err
}

func upCommand() *cobra.Command {
	var r runnerFlags
	cmd := &cobra.Command{
		Use:   "up [flags]",
		Short: "Apply the migrations that are pending",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, e, err := r.options(cmd)
			if err != nil {
				return err
			}
			run, err := runner.New(o)
			if err != nil {
				return runnerStatus(err)
			}
			_, err = run.Up(cmd.Context())
			e.clear()
			return runnerStatus(err)
		},
	}
	r.flags(cmd)
	r.patience(cmd)
	return cmd
}

// events writes what happens, as it happens.
type events struct {
	w     io.Writer
	json  bool
	color bool
}

func (e *events) event(ev runner.Event) {
	if e.json {
		b, err := json.Marshal(ev)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(e.w, "%s\n", b)
		return
	}
	fmt.Fprintf(e.w, "%s %s %s\n", ev.Kind, ev.Version, ev.Message)
}

func (e *events) clear() {}
