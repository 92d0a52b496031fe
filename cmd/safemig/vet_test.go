package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoVet runs this binary as a vet tool over the sample project of the
// golangci-lint plugin, and check --go beside it.
func TestGoVet(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "safemig")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	dir := filepath.Join(t.TempDir(), "sample")
	if err := os.CopyFS(dir, os.DirFS("../../analyzer/gclplugin/e2e/testdata/sample")); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, name string, args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	has := func(t *testing.T, out string, wants ...string) {
		t.Helper()
		for _, w := range wants {
			if !strings.Contains(out, w) {
				t.Errorf("no %q in:\n%s", w, out)
			}
		}
	}
	t.Run("vet", func(t *testing.T) {
		out, code := run(t, "go", "vet", "-vettool="+bin, "./...")
		if code != 1 {
			t.Errorf("exit status %d", code)
		}
		has(t, out, "migrate.go:15:12: ", "[advisory-lock-on-pool]", "migrate.go:21:33: ", "migrations/0002_email.sql:2:19: SET NOT NULL scans",
			"migrations/0002_email.sql:3:1: ", "store/user.go:8:28: this names the column plan of public.users")
		if strings.Contains(out, "user.go:14") {
			t.Errorf("a column that stays is reported:\n%s", out)
		}
	})
	t.Run("flag", func(t *testing.T) {
		out, _ := run(t, "go", "vet", "-vettool="+bin, "-safemig.embed-at=directive", ".")
		has(t, out, "migrate.go:10:1: 3 findings in the migrations embedded here")
	})
	t.Run("check", func(t *testing.T) {
		out, code := run(t, bin, "check", "--go", "./...", "--format", "compact")
		if code != exitFindings {
			t.Errorf("exit status %d", code)
		}
		has(t, out, "migrations/0002_email.sql:4:19: ", "still read at store/user.go:8", "store/user.go:8:28: ", "[dropped-name-in-use]",
			"migrate.go:15:12: ", "migrate.go:21:33: ")
	})
	t.Run("disabled", func(t *testing.T) {
		out, _ := run(t, bin, "check", "--go", "./...", "--disable", "dropped-name-in-use", "--disable", "advisory-lock-on-pool", "--format", "compact")
		if strings.Contains(out, "advisory-lock-on-pool") || strings.Contains(out, "dropped-name-in-use") {
			t.Errorf("a rule speaks that is off:\n%s", out)
		}
	})
	t.Run("edited", func(t *testing.T) { // go vet notices that an embedded file changes
		path := filepath.Join(dir, "migrations", "0002_email.sql")
		if err := os.WriteFile(path, []byte("SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN name text;\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, _ := run(t, "go", "vet", "-vettool="+bin, ".")
		if strings.Contains(out, "0002_email.sql") {
			t.Errorf("stale:\n%s", out)
		}
	})
	t.Run("sqlc", func(t *testing.T) {
		for name, text := range map[string]string{"sqlc.yaml": "version: '2'\nsql:\n  - engine: postgresql\n    queries: queries\n    schema: migrations\n",
			"queries/users.sql": "-- name: Plan :one\nSELECT plan FROM users WHERE id = @id;\n-- name: Email :one\nSELECT email FROM users WHERE email = sqlc.arg(plan);\n", "migrations/0003_x.sql": "ALTER TABLE users DROP COLUMN plan;\n"} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, _ := run(t, bin, "check", "--go", "./...", "--format", "compact", "migrations")
		has(t, out, "queries/users.sql:2:8: ", "still read at queries/users.sql:2, store/user.go:8")
		if strings.Contains(out, "users.sql:4") {
			t.Errorf("a parameter is no column:\n%s", out)
		}
	})
	t.Run("broken", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "broken.go"), []byte("package sample\nvar x int = \"\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, code := run(t, bin, "check", "--go", "./...")
		if code != exitFailed || !strings.Contains(out, "broken.go:2:13") {
			t.Errorf("exit status %d:\n%s", code, out)
		}
	})
}

// TestAsVetTool: what go vet asks for is told from safemig's own commands.
func TestAsVetTool(t *testing.T) {
	for _, c := range []struct {
		args string
		want bool
	}{
		{"-V=full", true}, {"-flags", true}, {"/tmp/b/vet.cfg", true}, {"-json -safemig.tests vet.cfg", true},
		{"", false}, {"check", false}, {"check x.cfg", false}, {"--version", false}, {"check -V=full", false},
	} {
		if got := asVetTool(strings.Fields(c.args)); got != c.want {
			t.Errorf("%q: %v", c.args, got)
		}
	}
}
