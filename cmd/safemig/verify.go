package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/verify"
)

func verifyCommand() *cobra.Command {
	var in input
	var o verify.Options
	var format, color string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "verify [flags] [path ...]",
		Short: "Run the migrations on a throw-away PostgreSQL and measure what they lock",
		Long: `verify runs every migration on a throw-away PostgreSQL, statement by statement, in
the transactions that its tool would use, and holds what the server locked,
scanned, rewrote and built against what 'safemig locks' predicts for that major.

The server is the one of --server, else one that is installed, else one that is
downloaded and kept in the cache directory. What verify starts it stops, whatever
happens. On a given server it works in a database of its own, which it drops.

Tables are as empty as the migrations leave them: locks, scans begun, rewrites and
builds show on empty tables too. What does not is named as not compared; times say
little about full tables.

Exit status: 0 every prediction held and every migration ran; 1 a prediction did
not hold or a migration failed, even if that was predicted; 2 verify could not do
its work.`,
		Example: `  safemig verify db/migrations
  safemig verify --pg 13 db/migrations
  safemig verify --server postgres://postgres@localhost:5433/empty --down
  safemig verify --schema db/schema.sql change.sql`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd, &in, o, args, format, color, verbose)
		},
	}
	in.flags(cmd)
	f := cmd.Flags()
	f.Lookup("pg").Usage = fmt.Sprintf("server major to run on, %d to %d (default: the one that is installed)", pgserver.MinMajor, pgserver.MaxMajor)
	f.StringVar(&o.Server, "server", "", "`DSN` of a throw-away server to use (default: $"+pgserver.Env+", else one is started)")
	f.BoolVar(&o.AllowTables, "allow-tables", false, "take a --server whose database has tables; they are not touched")
	f.BoolVar(&o.Down, "down", false, "run the down part of each migration too, right after its up part, on a copy")
	f.BoolVar(&o.KeepGoing, "keep-going", false, "go on after a migration that failed unpredicted")
	f.StringVar(&format, "format", "text", "text or json")
	f.StringVar(&color, "color", "auto", "auto, always or never")
	f.BoolVarP(&verbose, "verbose", "v", false, "what was predicted and measured of every relation")
	return cmd
}

func runVerify(cmd *cobra.Command, in *input, o verify.Options, args []string, format, color string, verbose bool) error {
	if format != "text" && format != "json" {
		return fmt.Errorf("--format %s: must be one of json, text", format)
	}
	if cmd.Flags().Changed("pg") && (in.pg < pgserver.MinMajor || in.pg > pgserver.MaxMajor) {
		return fmt.Errorf("--pg %d: there are servers of the majors %d to %d", in.pg, pgserver.MinMajor, pgserver.MaxMajor)
	}
	tint, err := colors(color, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	if o.Lint, err = in.options(cmd, args); err != nil {
		return err
	}
	o.Major, o.Download = in.pg, true
	p := &progress{w: cmd.ErrOrStderr()}
	o.Log, o.Progress = p, p.statement
	result, err := verify.Run(cmd.Context(), o)
	p.clear()
	if err != nil {
		return err
	}
	if format == "json" {
		err = verify.WriteJSON(cmd.OutOrStdout(), result)
	} else {
		err = verify.WriteText(cmd.OutOrStdout(), result, verify.Style{Color: tint, Verbose: verbose})
	}
	if err == nil && !result.OK() {
		return errFindings
	}
	return err
}

// progress writes on standard error how far a run is: on a terminal a line that
// is written over, and only where it takes long.
type progress struct {
	w       io.Writer
	start   time.Time
	last    time.Time
	written bool
}

func (p *progress) terminal() bool {
	f, ok := p.w.(*os.File)
	return ok && isTerminal(f)
}

// Write takes lines about getting a server, as they are.
func (p *progress) Write(b []byte) (int, error) {
	p.clear()
	return p.w.Write(b)
}

func (p *progress) statement(done, total int, s *verify.Statement) {
	now := time.Now()
	if p.start.IsZero() {
		p.start = now
	}
	if !p.terminal() || now.Sub(p.start) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last, p.written = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%d of %d  %s:%d  %s", done+1, total, s.Path, s.Line, verify.Shorten(s.OneLine(), 40))
}

// clear takes the line away.
func (p *progress) clear() {
	if p.written {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.written = false
	}
}
