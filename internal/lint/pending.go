package lint

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Pending tells of files whether git's history, at the commit at which a ref and
// HEAD parted, does not have them: such a migration has been applied nowhere but
// by its author. With "" for the ref it is the remote's default branch (origin/HEAD,
// origin/main or origin/master), and HEAD where there is no remote. The second
// result names the ref. Files that the ref has under another content are not
// pending.
func Pending(ctx context.Context, workdir, ref string) (pending func(path string) bool, of string, err error) {
	g := &git{ctx: ctx, dir: workdir}
	if _, err := g.run("rev-parse", "--git-dir"); err != nil {
		if _, isExit := errors.AsType[*exec.ExitError](err); isExit {
			return nil, "", errors.New("which migrations have been applied is not known without a git repository: say it with --after VERSION")
		}
		return nil, "", err
	}
	asked := ref != ""
	if !asked {
		if _, err := g.commit("HEAD"); err != nil {
			return func(string) bool { return true }, "", nil // nothing is committed yet
		}
		ref = "HEAD"
		for _, r := range []string{"origin/HEAD", "origin/main", "origin/master"} {
			if _, err := g.commit(r); err == nil {
				ref = r
				break
			}
		}
	}
	base, err := g.base(ref)
	if err != nil && !asked {
		return nil, "", fmt.Errorf("which migrations have been applied is not known: %s and HEAD have no commit in common; a shallow clone has too little history: git fetch --unshallow, or say it with --after VERSION", ref)
	} else if err != nil {
		return nil, "", err
	}
	out, err := g.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", base)
	if err != nil {
		return nil, "", err
	}
	had, err := g.paths(out)
	if err != nil {
		return nil, "", err
	}
	return func(p string) bool { return !had[p] }, ref, nil
}

// commit is the commit of a ref.
func (g *git) commit(ref string) (string, error) {
	out, err := g.run("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	return strings.TrimSpace(string(out)), err
}

// base is the commit at which a ref and HEAD parted.
func (g *git) base(ref string) (string, error) {
	if strings.HasPrefix(ref, "-") {
		return "", fmt.Errorf("--since %s: no ref begins with a dash", ref)
	}
	if _, err := g.commit(ref); err != nil {
		if _, isExit := errors.AsType[*exec.ExitError](err); !isExit {
			return "", err
		}
		if _, err := g.run("rev-parse", "--git-dir"); err != nil {
			return "", fmt.Errorf("--since needs a git repository: %w", err)
		}
		return "", fmt.Errorf("--since %s: git knows no commit of that name; in CI, fetch it first: git fetch origin %s", ref, strings.TrimPrefix(ref, "origin/"))
	}
	base, err := g.run("merge-base", "--end-of-options", ref, "HEAD")
	if err != nil {
		return "", fmt.Errorf("--since %s: no commit in common with HEAD; a shallow clone has too little history: git fetch --unshallow (in GitHub Actions, fetch-depth: 0)", ref)
	}
	return strings.TrimSpace(string(base)), nil
}
