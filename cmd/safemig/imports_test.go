package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/safemig/safemig/"

// allowed are the packages of this module that each may import, tests left out.
// Imports point down: a package may only name what stands below it (house.md).
// What is not listed here fails, so that a new package has to find its place.
var allowed = map[string][]string{
	"internal/migration":       {},
	"internal/catalog":         {},
	"internal/pgsql":           {"internal/migration"},
	"internal/elixir":          {"internal/migration"},
	"internal/effect":          {"internal/catalog", "internal/migration", "internal/pgsql"},
	"internal/window":          {"internal/catalog", "internal/effect", "internal/pgsql"},
	"rules":                    {"internal/catalog", "internal/effect", "internal/lockkey", "internal/migration", "internal/pgsql", "internal/window"},
	"internal/lint":            {"internal/catalog", "internal/effect", "internal/elixir", "internal/migration", "internal/pgsql", "internal/window", "rules"},
	"internal/split":           {"internal/catalog", "internal/effect", "internal/lint", "internal/migration", "internal/pgsql", "rules"},
	"internal/report":          {"internal/audit", "internal/catalog", "internal/effect", "internal/lint", "internal/migration", "rules"},
	"internal/lsp":             {"internal/lint", "internal/migration", "internal/report", "rules"},
	"internal/lockkey":         {},
	"internal/trace":           {"internal/migration", "internal/pgsql"},
	"internal/audit":           {"internal/lockkey", "internal/migration", "internal/pgsql", "internal/trace"},
	"internal/pgserver":        {},
	"internal/pgserver/pgtest": {"internal/pgserver"},
	"internal/observe":         {"internal/catalog", "internal/effect", "internal/pgserver"},
	"internal/verify":          {"internal/catalog", "internal/effect", "internal/lint", "internal/migration", "internal/observe", "internal/pgserver", "internal/pgsql", "rules"},
	"runner/model":             {},
	"runner/torture":           {},
	"runner":                   {"internal/catalog", "internal/effect", "internal/lockkey", "internal/lint", "internal/migration", "internal/pgsql", "rules"},
	"analyzer":                 {"internal/catalog", "internal/effect", "internal/lint", "internal/migration", "internal/pgsql", "rules"},
	"analyzer/gclplugin":       {"analyzer"},
	"cmd/safemig":              nil, // wires all of them
}

// foreign are the modules that only some packages may import.
var foreign = map[string][]string{
	"github.com/pganalyze/pg_query_go": {"internal/pgsql", "internal/effect"},
	"github.com/wasilibs/go-pgquery":   {"internal/pgsql"},
	"github.com/jackc/pgx":             {"runner", "internal/verify", "internal/observe", "internal/pgserver", "internal/pgserver/pgtest", "cmd/safemig"},
	"golang.org/x/tools":               {"analyzer", "analyzer/gclplugin", "cmd/safemig"},
	"github.com/spf13/cobra":           {"cmd/safemig"},
}

// onlyStd import nothing but the standard library.
var onlyStd = []string{"internal/catalog", "internal/lockkey"}

func TestImportsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		below, known := allowed[name]
		if !known {
			t.Errorf("%s has no place in the table of imports: see house.md", name)
			continue
		}
		for _, i := range p.Imports {
			checkImport(t, name, i, below)
		}
	}
}

func checkImport(t *testing.T, name, path string, below []string) {
	if own, ok := strings.CutPrefix(path, module); ok {
		if name != "cmd/safemig" && !slices.Contains(below, own) {
			t.Errorf("%s imports %s, which does not stand below it", name, own)
		}
		return
	}
	if slices.Contains(onlyStd, name) && strings.Contains(strings.Split(path, "/")[0], ".") {
		t.Errorf("%s imports %s; it may import the standard library only", name, path)
	}
	for prefix, users := range foreign {
		if strings.HasPrefix(path, prefix) && !slices.Contains(users, name) {
			t.Errorf("%s imports %s, which is for %v", name, path, users)
		}
	}
}
