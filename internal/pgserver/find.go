package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// The majors whose lock behaviour was observed.
const (
	MinMajor = 12
	MaxMajor = 18
)

// binaries are the programs of one installation.
type binaries struct {
	dir     string // holds initdb and postgres
	major   int
	version string
	root    string // the tree to take along when dir has to be moved; "" for system installations
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, exeName(program)) }

func exeName(program string) string {
	if runtime.GOOS == "windows" {
		return program + ".exe"
	}
	return program
}

// find returns installed binaries of the wanted major, else cached, else downloaded ones.
func find(ctx context.Context, o Options) (binaries, error) {
	var seen []string
	for _, dir := range installedDirs() {
		b, err := probe(dir)
		if err != nil {
			continue // no server there, or not one that runs here
		}
		if b.major >= MinMajor && (o.Major == 0 && b.major <= MaxMajor || b.major == o.Major) {
			return b, nil
		}
		seen = append(seen, b.version)
	}
	cache, err := cacheDir(o.Cache)
	if err != nil {
		return binaries{}, err
	}
	if b, ok := cached(cache, o.Major); ok {
		return b, nil
	}
	if o.Download {
		return download(ctx, cache, o)
	}
	want := "PostgreSQL"
	if o.Major != 0 {
		want = fmt.Sprintf("PostgreSQL %d", o.Major)
	}
	found := "none is installed"
	if len(seen) > 0 {
		found = "installed: " + strings.Join(seen, ", ")
	}
	return binaries{}, fmt.Errorf("%w: %s is wanted, %s; install it, set %s, or allow the download", ErrNone, want, found, Env)
}

// installedDirs lists the directories that may hold server binaries, most explicit first.
func installedDirs() []string {
	var dirs []string
	for _, program := range []string{"postgres", "initdb", "pg_ctl"} {
		if p, err := exec.LookPath(program); err == nil {
			if real, err := filepath.EvalSymlinks(p); err == nil {
				p = real // distributions link /usr/local/bin/postgres to the major's own directory
			}
			dirs = append(dirs, filepath.Dir(p))
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	var usual []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/lib/postgresql*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql*/bin",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/opt/local/lib/postgresql*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
		`C:\Program Files\PostgreSQL\*\bin`,
	} {
		m, _ := filepath.Glob(pattern) // fails only for a bad pattern
		usual = append(usual, m...)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(usual))) // newest first, roughly
	return unique(append(dirs, usual...))
}

func unique(dirs []string) []string {
	seen, out := map[string]bool{}, dirs[:0]
	for _, d := range dirs {
		if d != "" && !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

var versionLine = regexp.MustCompile(`PostgreSQL\) ((\d+)\S*)`)

// probe asks the binaries in dir who they are.
func probe(dir string) (binaries, error) {
	b := binaries{dir: dir}
	if _, err := os.Stat(b.path("initdb")); err != nil {
		return b, err
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output()
	if err != nil {
		return b, fmt.Errorf("%s --version: %w", b.path("postgres"), err)
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return b, fmt.Errorf("%s --version says %q", b.path("postgres"), out)
	}
	b.version = m[1]
	b.major, err = strconv.Atoi(m[2])
	return b, err
}
