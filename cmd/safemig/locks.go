package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/report"
)

func locksCommand() *cobra.Command {
	var in input
	var format, color string
	var table bool
	cmd := &cobra.Command{
		Use:   "locks [flags] [path ...]",
		Short: "Say what every statement locks, for how long, and what waits",
		Long: `locks lists, transaction by transaction, every relation that a statement locks,
with the lock mode, who waits for it, the work done under it, and when it is
released. It judges nothing; 'safemig check' does.

html is a page with a timeline for each transaction, for reviews; svg is the
timelines alone. Both are one file that needs no other, and no network.

--table lists what real servers of every major were measured to lock: the
statements that the predictions are tested with.

Paths are files, directories, globs, or - for standard input. Without one, every
migration directory below the working directory is read.`,
		Example: `  safemig locks db/migrations/0042_email.sql
  safemig locks --pg 13 --schema db/schema.sql change.sql
  echo 'ALTER TABLE users ALTER email SET NOT NULL' | safemig locks -
  safemig locks --format json db/migrations
  safemig locks --format html db/migrations > locks.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if table {
				return writeTable(cmd.OutOrStdout(), format, args)
			}
			if !slices.Contains(report.LocksFormats(), format) {
				return fmt.Errorf("--format %s: must be one of %s", format, strings.Join(report.LocksFormats(), ", "))
			}
			tint, err := colors(color, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			o, err := in.options(cmd, args)
			if err != nil {
				return err
			}
			var locks report.Locks
			o.NoRules, o.Visit = true, locks.Visit
			result, err := lint.Run(cmd.Context(), o)
			var unread *lint.UnreadError
			if err != nil && !errors.As(err, &unread) {
				return err
			}
			locks.PG = result.PG
			style := report.Style{Color: tint, Width: terminalWidth(cmd.OutOrStdout())}
			return errors.Join(report.WriteLocks(cmd.OutOrStdout(), format, &locks, style), err)
		},
	}
	in.flags(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "how to show it: "+strings.Join(report.LocksFormats(), ", "))
	cmd.Flags().BoolVar(&table, "table", false, "instead, the locks that servers were measured to take (text, json, markdown)")
	cmd.Flags().StringVar(&color, "color", "auto", "auto, always or never")
	return cmd
}
