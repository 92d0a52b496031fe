package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	top    = "../../.."
	sample = "testdata/sample"
)

// TestGolangciLint builds golangci-lint with the plugin and runs it over the
// sample project with the example configuration as it stands.
func TestGolangciLint(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "golangci-lint")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build golangci-lint: %v\n%s", err, out)
	}
	config, err := filepath.Abs(filepath.Join(top, ".golangci.example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "run", "--config", config, "--output.json.path", "stdout", "--path-mode", "abs", "./...")
	cmd.Dir = sample
	cmd.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir())
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Fatalf("exit status %d (%v), want 1:\n%s", code, err, out)
	}
	var report struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct {
				Filename     string
				Line, Column int
			}
		}
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	want := []struct {
		file, text string
		line, col  int
	}{
		{"migrate.go", "^3 findings in the migrations embedded here: 0002_email.sql:2 set-not-null, 0002_email.sql:3 index-not-concurrent, 0002_email.sql:4 drop-column;", 10, 1},
		{"migrate.go", `\[advisory-lock-on-pool\]`, 15, 12},
		{"migrate.go", `\[index-not-concurrent\]`, 21, 33},
		{"user.go", `migrations/0002_email.sql:4 drops \[dropped-name-in-use\]`, 8, 28},
	}
	if len(report.Issues) != len(want) {
		t.Fatalf("%d issues, want %d:\n%s", len(report.Issues), len(want), out)
	}
	for i, w := range want {
		got := report.Issues[i]
		if got.FromLinter != "safemig" || filepath.Base(got.Pos.Filename) != w.file || got.Pos.Line != w.line || got.Pos.Column != w.col ||
			!regexp.MustCompile(w.text).MatchString(got.Text) {
			t.Errorf("issue %d: %+v, want %+v", i, got, w)
		}
	}
}

// TestUnknownSetting: a mistake in the settings is an error, not silence.
func TestUnknownSetting(t *testing.T) {
	config := filepath.Join(t.TempDir(), ".golangci.yml")
	text := strings.Replace(read(t, filepath.Join(top, ".golangci.example.yml")), "embed-at:", "embed-on:", 1)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(sample)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".", "run", "--config", config, dir)
	cmd.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "embed-on") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestCustomConfig: .custom-gcl.yml names what this test builds.
func TestCustomConfig(t *testing.T) {
	custom := read(t, filepath.Join(top, ".custom-gcl.yml"))
	mod := read(t, "go.mod")
	version := regexp.MustCompile(`(?m)^version: (v\S+)$`).FindStringSubmatch(custom)
	if version == nil || !strings.Contains(mod, "golangci-lint/v2 "+version[1]+"\n") {
		t.Errorf("golangci-lint %v is not that of go.mod", version)
	}
	imported := regexp.MustCompile(`(?m)^ +import: (\S+)$`).FindStringSubmatch(custom)
	if imported == nil || !strings.Contains(read(t, "main.go"), `_ "`+imported[1]+`"`) {
		t.Errorf("the plugin %v is not the one that main.go imports", imported)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}
