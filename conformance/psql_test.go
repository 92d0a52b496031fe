package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// psqlTools are those whose files psql runs.
var psqlTools = []tool{
	{
		name: "sqitch", release: "sqitch 1.3.1", dir: ".", ready: inPath("sqitch", "psql"),
		project: one("sqitch.conf", "[core]\n\tengine = pg\n[user]\n\tname = A\n\temail = a@example.com\n"),
		migration: func(n int, _ bool, sql string) map[string]string {
			plan := "%syntax-version=1.0.0\n%project=x\n\n"
			for i := 1; i <= n; i++ {
				plan += fmt.Sprintf("x%d 2024-01-0%dT00:00:00Z A <a@example.com> # x\n", i, i)
			}
			return map[string]string{"sqitch.plan": plan, fmt.Sprintf("deploy/x%d.sql", n): sql, fmt.Sprintf("revert/x%d.sql", n): "SELECT 1;\n"}
		},
		up: func(t *testing.T, root, dsn string) error {
			return program(t, root, nil, "sqitch", "deploy", "db:pg:"+strings.TrimPrefix(dsn, "postgres:"))
		},
	},
	{
		name: "sqitch", variant: "places", release: "sqitch 1.3.1", dir: ".", ready: inPath("sqitch", "psql"),
		up: func(t *testing.T, root, dsn string) error {
			return program(t, root, nil, "sqitch", "deploy", "db:pg:"+strings.TrimPrefix(dsn, "postgres:"))
		},
	},
	{name: "plain", release: "psql -1", dir: "schema", ready: inPath("psql"), up: psqlFiles("schema", "-1")},
	{name: "alembic", release: "psql, with what Alembic 1.20.1 wrote", dir: "sql", ready: inPath("psql"), up: psqlFiles("sql")},
}

func inPath(names ...string) func() error {
	return func() error {
		for _, name := range names {
			if _, err := exec.LookPath(name); err != nil {
				return fmt.Errorf("%w: install Debian's package (apt-get install sqitch libdbd-pg-perl postgresql-client)", err)
			}
		}
		return nil
	}
}

// psqlFiles gives the files of a directory to psql, with further options.
func psqlFiles(dir string, options ...string) func(*testing.T, string, string) error {
	return func(t *testing.T, root, dsn string) error {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.sql"))
		if err != nil {
			return err
		}
		slices.Sort(files)
		for _, f := range files {
			if _, err := os.Stat(f); err != nil {
				return err
			}
			if err := program(t, root, nil, "psql", append(options, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", f, dsn)...); err != nil {
				return err
			}
		}
		return nil
	}
}
