package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/verify"
	"github.com/safemig/safemig/runner"
)

// status writes what is applied and what is pending.
func (r *runnerFlags) status(cmd *cobra.Command, exit bool) error {
	view, _, err := r.view(cmd, (*runner.Runner).Status)
	if err != nil {
		return err
	}
	if r.format == "json" {
		err = writeOverview(cmd.OutOrStdout(), view)
	} else {
		err = writeStatus(cmd.OutOrStdout(), view)
	}
	if err != nil {
		return err
	}
	for _, m := range view.Migrations {
		if m.State == "in doubt" {
			return &statusError{exitResolve, fmt.Errorf("%s is in doubt: look, then say what became of it with safemig resolve %s", m.Version, m.Version)}
		}
	}
	if exit && len(view.Pending()) > 0 {
		return errFindings
	}
	return nil
}

// view looks at the server; only warnings are told meanwhile.
func (r *runnerFlags) view(cmd *cobra.Command, look func(*runner.Runner, context.Context) (*runner.Overview, error)) (*runner.Overview, *events, error) {
	o, e, err := r.options(cmd)
	if err != nil {
		return nil, nil, err
	}
	o.Events = warnings(cmd.ErrOrStderr())
	run, err := runner.New(o)
	if err != nil {
		return nil, nil, runnerStatus(err)
	}
	view, err := look(run, cmd.Context())
	if err != nil {
		return nil, nil, runnerStatus(err)
	}
	return view, e, nil
}

// warnings writes warnings alone.
func warnings(w io.Writer) func(runner.Event) {
	return func(ev runner.Event) {
		if ev.Kind == runner.KindWarning {
			fmt.Fprintln(w, "warning:", ev.Message)
		}
	}
}

func writeOverview(w io.Writer, view *runner.Overview) error {
	doc := struct {
		Schema int `json:"schema"`
		*runner.Overview
	}{1, view}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}

func writeStatus(w io.Writer, view *runner.Overview) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	pending := 0
	for _, m := range view.Migrations {
		when := ""
		if m.State != "pending" && !m.At.IsZero() {
			when = m.At.UTC().Format("2006-01-02 15:04:05")
		}
		if m.State == "pending" || m.State == "half applied" {
			pending++
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", m.State, m.Version, m.Name, when)
		if m.Problem != "" {
			fmt.Fprintf(t, "\t\t%s\n", m.Problem)
		}
		for _, st := range m.Steps {
			fmt.Fprintf(t, "\t\tstep %d, %s: %s %s\n", st.N, st.Kind, st.State, st.Error)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if view.Holder != nil {
		fmt.Fprintf(w, "a runner is at work: %s\n", view.Holder)
	}
	_, err := fmt.Fprintf(w, "%d of %s pending (PostgreSQL %s, database %s; %s)\n", pending, counted(len(view.Migrations), "migration"), view.Server.Version, view.Server.Database, where(view))
	return err
}

func where(view *runner.Overview) string {
	if view.History == "safemig" {
		return "safemig.migration"
	}
	return view.History + "'s table"
}

// plan writes what up would do.
func (r *runnerFlags) plan(cmd *cobra.Command) error {
	view, e, err := r.view(cmd, (*runner.Runner).Plan)
	if err != nil {
		return err
	}
	if r.format == "json" {
		err = writeOverview(cmd.OutOrStdout(), view)
	} else {
		writePlan(cmd.OutOrStdout(), view)
		for i := range view.Findings {
			e.finding(&view.Findings[i])
		}
	}
	if err != nil {
		return err
	}
	if len(view.Problems) > 0 {
		return &statusError{exitFindings, &runner.StateError{Problems: view.Problems}}
	}
	for _, f := range view.Findings {
		if f.Refused {
			return &statusError{exitFindings, errors.New("up would refuse this")}
		}
	}
	return nil
}

func writePlan(w io.Writer, view *runner.Overview) {
	if len(view.Problems) > 0 {
		return
	}
	if len(view.Migrations) == 0 {
		fmt.Fprintln(w, "nothing to do")
	}
	for _, m := range view.Migrations {
		how := "one transaction"
		if m.TxMode == "none" {
			how = "not in one transaction"
		}
		fmt.Fprintf(w, "%s %s  %s, %s\n", m.Version, m.Name, counted(len(m.Statement), "statement"), how)
		tx := 0
		for _, st := range m.Statement {
			mark := " "
			if m.TxMode == "none" && st.Tx != tx {
				mark = "+"
			}
			tx = st.Tx
			fmt.Fprintf(w, " %s %s:%d  %s\n", mark, st.Path, st.Line, short(st.SQL))
			for _, l := range st.Locks {
				fmt.Fprintf(w, "     %s\n", l)
			}
		}
	}
}

// short is a statement on one line.
func short(sql string) string {
	return verify.Shorten(strings.Join(strings.Fields(sql), " "), 100)
}
