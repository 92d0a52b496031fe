package analyzer

import (
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
)

// sqlcConfig is what safemig asks of sqlc's configuration, of either version.
type sqlcConfig struct {
	SQL      []sqlcPart `yaml:"sql"`
	Packages []sqlcPart `yaml:"packages"`
}

type sqlcPart struct {
	Engine  string    `yaml:"engine"`
	Queries yaml.Node `yaml:"queries"`
}

// sqlcQueries gives the queries that sqlc compiles for PostgreSQL, as the
// configuration in a directory says. Paths are relative to base.
func sqlcQueries(dir, base string) []lint.Code {
	var out []lint.Code
	for _, name := range []string{"sqlc.yaml", "sqlc.yml", "sqlc.json"} {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		var c sqlcConfig
		if yaml.Unmarshal(src, &c) != nil { // JSON is YAML
			continue
		}
		for _, part := range append(c.SQL, c.Packages...) {
			if part.Engine != "" && part.Engine != "postgresql" {
				continue
			}
			for _, q := range part.paths() {
				out = append(out, queryFiles(filepath.Join(dir, filepath.FromSlash(q)), base)...)
			}
		}
	}
	return out
}

// paths are queries: a path, or a list of them.
func (p *sqlcPart) paths() []string {
	var one string
	var many []string
	if p.Queries.Decode(&one) == nil && one != "" {
		return []string{one}
	}
	_ = p.Queries.Decode(&many) // neither: there are none
	return many
}

// queryFiles reads a file, or the .sql files of a directory.
func queryFiles(path, base string) []lint.Code {
	names := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		names, _ = filepath.Glob(filepath.Join(path, "*.sql"))
	}
	var out []lint.Code
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if rel, err := filepath.Rel(base, name); err == nil && !strings.HasPrefix(rel, "..") {
			name = rel
		}
		f := &migration.File{Path: filepath.ToSlash(name), Src: src}
		out = append(out, lint.Code{Section: migration.Section{File: f, Text: src}, Ignores: true})
	}
	return out
}
