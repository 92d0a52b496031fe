// Command safemig stands between a PostgreSQL migration and an outage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/safemig/safemig/internal/lint"
)

// The exit statuses; see product.md.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2 // the command could not do its work
	exitBug      = 3 // of safemig's own
	exitResolve  = 4 // a person has to decide first
)

func main() {
	if asVetTool(os.Args[1:]) {
		vet()
	}
	spareCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// statusError is an error with an exit status of its own.
type statusError struct {
	code int
	err  error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// errFindings ends a command whose work is done and whose verdict is no.
var errFindings = errors.New("findings")

// run is main without the process: it gives the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			printBug(stderr, p, args)
			code = exitBug
		}
	}()
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	var status *statusError
	switch err := cmd.ExecuteContext(ctx); {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.As(err, &status):
		fmt.Fprintln(stderr, "safemig:", err)
		return status.code
	default:
		fmt.Fprintln(stderr, "safemig:", err)
		return exitFailed
	}
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "safemig",
		Short: "Finds what a PostgreSQL migration would lock, break or lose",
		Long: `safemig stands between a PostgreSQL migration and an outage. It reads migrations
as their tool sends them and says, before they run, what each statement locks, who
waits for it, and what to write instead. It applies what passes, under one lock, so
that no migration runs twice; and it tells from a log whether another tool did.`,
		Example: `  safemig check                        every migration directory below here
  safemig locks db/migrations          what every statement locks
  safemig explain set-not-null         why a rule fires, and what to do
  safemig check --go ./...             what Go code sends, and what it would lose
  safemig up --database $DATABASE_URL  apply what is pending, if it passes
  safemig audit deploy.log             did one lock cover each migration?`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w (see '%s --help')", badFlag(err), c.CommandPath())
	})
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Before a migration runs (no server is needed):", []*cobra.Command{checkCommand(), fixCommand(), locksCommand(), explainCommand()}},
		{"On a server:", []*cobra.Command{verifyCommand(), planCommand(), upCommand(), downCommand(), redoCommand(), statusCommand(),
			resolveCommand(), adoptCommand()}},
		{"Afterwards:", []*cobra.Command{auditCommand()}},
		{"Setting up:", []*cobra.Command{initCommand(), configCommand(), versionCommand()}},
	} {
		cmd.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.title
			cmd.AddCommand(c)
		}
	}
	cmd.SetHelpCommandGroupID("Setting up:")
	cmd.SetCompletionCommandGroupID("Setting up:")
	cobra.EnableCommandSorting = false
	return cmd
}

// known refuses what is no command, and says what may have been meant.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, err := os.Stat(args[0]); err == nil {
		return fmt.Errorf("%q is a path and no command: safemig check %s", args[0], args[0])
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("there is no command %q%s (see 'safemig --help')", args[0], lint.DidYouMean(args[0], names))
}

// badFlag says what a flag takes, where its value is not that.
func badFlag(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	takes := map[string]string{"int": "a whole number", "duration": "a duration, as in 90s or 10m", "bool": "true or false"}[bad.GetFlag().Value.Type()]
	if majors := regexp.MustCompile(`\d\d to \d\d`).FindString(bad.GetFlag().Usage); bad.GetFlag().Name == "pg" {
		takes = "a major of PostgreSQL, " + majors
	}
	if takes == "" {
		return err
	}
	return fmt.Errorf("--%s %s: must be %s", bad.GetFlag().Name, bad.GetValue(), takes)
}

// printBug tells of a panic what its report needs.
func printBug(w io.Writer, p any, args []string) {
	where, stack := "", debug.Stack()
	var b *lint.Bug
	if err, ok := p.(error); ok && errors.As(err, &b) {
		p, stack = b.Value, b.Stack
		if b.Path != "" {
			where = fmt.Sprintf(", while reading %s", b.Path)
		}
	}
	fmt.Fprintf(w, `safemig: this is a bug of safemig's own, not of your migrations: %v%s
Please report it with the lines below and, if you can, the statement that it happened on.
  safemig %s, %s %s/%s
  arguments: %q

%s`, p, where, version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, args, stack)
}
