package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// program runs a command in a directory and gives what it wrote as the error's text.
func program(t *testing.T, dir string, env []string, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(t.Context(), programTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, errors.Join(err, context.Cause(ctx)), out.String())
	}
	return nil
}

// programTime is how long a tool may take for a few small migrations.
const programTime = 4 * time.Minute

// workshop is a directory of the user's cache where a package manager puts tools.
func workshop(name string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "safemig-conformance", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// install copies files into a workshop and runs a command there, unless it was done
// with the same files before.
func install(shop string, files []string, name string, args ...string) func() error {
	return sync.OnceValue(func() error {
		dir, err := workshop(shop)
		if err != nil {
			return err
		}
		same := true
		for _, f := range files {
			src, err := os.ReadFile(filepath.Join(shop, f))
			if err != nil {
				return err
			}
			to := filepath.Join(dir, f)
			if was, err := os.ReadFile(to); err == nil && bytes.Equal(was, src) {
				continue
			}
			same = false
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(to, src, 0o644); err != nil {
				return err
			}
		}
		done := filepath.Join(dir, ".installed")
		if _, err := os.Stat(done); err == nil && same {
			return nil
		}
		os.Remove(done)
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		return os.WriteFile(done, nil, 0o644)
	})
}
