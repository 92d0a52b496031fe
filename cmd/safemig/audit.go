package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/audit"
	"github.com/safemig/safemig/internal/report"
	"github.com/safemig/safemig/internal/trace"
)

func auditCommand() *cobra.Command {
	var o audit.ReadOptions
	var format, color string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "audit [flags] LOG ...",
		Short: "Judge a log: could two nodes have run a migration twice?",
		Long: `audit reads logs of executed statements and judges, version by version, whether
one lock covered each migration from the reading of the version table to the
commit of its record. It reads what Ecto (with --log-migrations-sql
--log-migrator-sql), Rails, Django and Alembic print, PostgreSQL's stderr log
with any log_line_prefix, csvlog and jsonlog, and plain SQL; also behind the
marks of docker compose, foreman and Kubernetes, and gzipped.

Several logs are read together: of several nodes, or of a server and its clients.
What a log cannot show is said to be so: each finding is certain, possible, or
not-observable. For the locks to be in a server's log, log_statement must be all:
  ALTER ROLE migrator SET log_statement = 'all'

Exit status: 0 pass or warn, 1 fail, 2 the command could not do its work.`,
		Example: `  mix ecto.migrate --log-migrations-sql --log-migrator-sql 2>&1 | tee m.log
  safemig audit m.log
  safemig audit /var/log/postgresql/postgresql-15-main.log
  safemig audit --format html node1.log node2.log > audit.html
  safemig audit --pool-size 10 m.log
  safemig explain lock-released-before-record`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("a log is needed, or - for standard input: safemig audit LOG")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(report.AuditFormats(), format) {
				return fmt.Errorf("--format %s: must be one of %s", format, strings.Join(report.AuditFormats(), ", "))
			}
			if o.Format != "" && !slices.Contains(trace.Formats(), o.Format) {
				return fmt.Errorf("--from %s: must be one of %s", o.Format, strings.Join(trace.Formats(), ", "))
			}
			if o.PoolSize < 0 {
				return fmt.Errorf("--pool-size %d: a pool has one connection at least", o.PoolSize)
			}
			tint, err := colors(color, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			r, err := audit.Read(logs(cmd, args), o)
			if err != nil {
				return err
			}
			style := report.Style{Color: tint, Width: terminalWidth(cmd.OutOrStdout()), Verbose: verbose, Version: version()}
			if err := report.WriteAudit(cmd.OutOrStdout(), format, r, style); err != nil {
				return err
			}
			if r.Verdict == audit.Fail {
				return errFindings
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Format, "from", "", "what the log is: "+strings.Join(trace.Formats(), ", ")+" (default: detected)")
	f.StringVar(&o.Prefix, "prefix", "", "log_line_prefix of a stderr log (default: found from its lines)")
	f.IntVar(&o.PoolSize, "pool-size", 0, "connections in the application's pool, where its log names none")
	f.StringSliceVar(&o.Tables, "version-table", nil, "a further `table` that records versions")
	f.StringVar(&format, "format", "text", "how to show it: "+strings.Join(report.AuditFormats(), ", "))
	f.StringVar(&color, "color", "auto", "auto, always or never")
	f.BoolVarP(&verbose, "verbose", "v", false, "show the lines and notes of versions that pass, and lines not understood")
	return cmd
}

// logs opens the arguments when they are read.
func logs(cmd *cobra.Command, args []string) []audit.Input {
	var in []audit.Input
	for _, path := range args {
		if path == "-" {
			in = append(in, audit.Input{Path: stdinName, Open: func() (io.ReadCloser, error) { return io.NopCloser(cmd.InOrStdin()), nil }})
			continue
		}
		in = append(in, audit.Input{Path: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return in
}
