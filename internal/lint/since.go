package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// afterVersion tells whether a version comes after another: digits compare as
// numbers, all else as text. A migration without a version comes after all.
func afterVersion(version, than string) bool {
	if version == "" {
		return true
	}
	if isDigits(version) && isDigits(than) {
		version, than = trimZeros(version), trimZeros(than)
		if len(version) != len(than) {
			return len(version) > len(than)
		}
	}
	return version > than
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

// Changed is a set of files that git knows to be new or changed. Paths are those
// of the working directory.
type Changed struct {
	paths map[string]bool
	added map[string]bool
	Index map[string][]byte // what is staged, for Options.Overlay; nil for Since
}

// Has is for Options.Only.
func (c *Changed) Has(p string) bool { return c.paths[p] }

// Added is for Options.Added: the file was not there before.
func (c *Changed) Added(p string) bool { return c.added[p] }

// Since gives the files that were added or changed since the commit at which a
// ref and HEAD parted, those not committed yet included.
func Since(ctx context.Context, workdir, ref string) (*Changed, error) {
	g := &git{ctx: ctx, dir: workdir}
	base, err := g.base(ref)
	if err != nil {
		return nil, err
	}
	c := &Changed{}
	if _, err := g.changed(c, base); err != nil {
		return nil, err
	}
	// Unlike diff, ls-files gives only what is below the working directory, relative to it.
	fresh, err := g.run("ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	for _, name := range split(fresh) {
		c.paths[path.Clean(name)], c.added[path.Clean(name)] = true, true
	}
	return c, nil
}

// Staged gives the files that are added or changed in git's index, with what is
// staged of them, which need not be what is in the working tree. Files that are
// not staged but changed in the working tree are as the index has them too: the
// commit will not have their changes.
func Staged(ctx context.Context, workdir string) (*Changed, error) {
	g := &git{ctx: ctx, dir: workdir}
	if _, err := g.run("rev-parse", "--git-dir"); err != nil {
		return nil, fmt.Errorf("--staged needs a git repository: %w", err)
	}
	c := &Changed{Index: map[string][]byte{}}
	changed, err := g.changed(c, "--cached")
	if err != nil {
		return nil, err
	}
	edited, err := g.run("diff", "--name-only", "-z", "--no-renames", "--")
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Concat(split(changed), split(edited)) {
		if !indexed[strings.ToLower(path.Ext(name))] {
			continue
		}
		p, err := g.shown(name)
		if err != nil {
			return nil, err
		}
		if _, done := c.Index[p]; done {
			continue
		}
		src, err := g.run("show", ":"+name)
		if err != nil {
			return nil, fmt.Errorf("read %s from git's index: %w", name, err)
		}
		c.Index[p] = src
	}
	return c, nil
}

// indexed are the files that say what is run, and how.
var indexed = map[string]bool{".sql": true, ".toml": true, ".conf": true, ".plan": true, ".xml": true, ".exs": true, ".ex": true}

// gitError is what git said.
type gitError struct {
	msg string
	err error
}

func (e *gitError) Error() string { return "git: " + e.msg }
func (e *gitError) Unwrap() error { return e.err }

// git runs the git binary in a directory.
type git struct {
	ctx    context.Context
	dir    string
	prefix *string // of the directory in the repository: "a/b/" when in a/b; nil: not asked yet
}

func (g *git) run(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(g.ctx, "git", args...)
	cmd.Dir = g.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch msg, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n"); {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("git is not installed, or not in PATH")
	case err != nil && msg != "":
		return nil, &gitError{strings.TrimPrefix(msg, "fatal: "), err}
	case err != nil:
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// shown makes a path of git, which is relative to the repository's root, one of
// the working directory.
func (g *git) shown(name string) (string, error) {
	if g.prefix == nil {
		out, err := g.run("rev-parse", "--show-prefix")
		if err != nil {
			return "", err
		}
		prefix := strings.TrimSuffix(string(out), "\n")
		g.prefix = &prefix
	}
	common := *g.prefix
	for !strings.HasPrefix(name, common) {
		common = common[:strings.LastIndexByte(strings.TrimSuffix(common, "/"), '/')+1]
	}
	return climb(*g.prefix, common) + name[len(common):], nil
}

// climb is as many ../ as lead from a directory to one above.
func climb(from, to string) string {
	return strings.Repeat("../", strings.Count(from, "/")-strings.Count(to, "/"))
}

// changed fills in what a diff says, and gives the names of the files as git does.
func (g *git) changed(c *Changed, against string) ([]byte, error) {
	args := []string{"diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", against, "--"}
	names, err := g.run(args...)
	if err == nil {
		c.paths, err = g.paths(names)
	}
	if err != nil {
		return nil, err
	}
	args[4] = "--diff-filter=A"
	added, err := g.run(args...)
	if err == nil {
		c.added, err = g.paths(added)
	}
	return names, err
}

func (g *git) paths(names []byte) (map[string]bool, error) {
	paths := map[string]bool{}
	for _, name := range split(names) {
		p, err := g.shown(name)
		if err != nil {
			return nil, err
		}
		paths[p] = true
	}
	return paths, nil
}

// split takes NUL-terminated names apart.
func split(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}
