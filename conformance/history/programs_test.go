package history

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// installed is a file that the tests of the module's own package put into the user's cache.
func installed(parts ...string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(append([]string{cache, "safemig-conformance"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w; remedy: go test -tools flyway,sqlx . in conformance", err)
	}
	return path, nil
}

func program(ctx context.Context, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}

// flywayUp is Flyway 11.8.2.
func flywayUp(ctx context.Context, dsn, dir string, to int) error {
	return onPart(dir, to, func(part string) error {
		lib, err := installed("jvm", "lib")
		if err != nil {
			return err
		}
		u, err := url.Parse(dsn)
		if err != nil {
			return err
		}
		password, _ := u.User.Password()
		// The tests' own table is there first; Flyway wants to be told that it may be.
		conf := []byte("flyway.baselineOnMigrate=true\nflyway.baselineVersion=0\n")
		if err := os.WriteFile(filepath.Join(part, "flyway.conf"), conf, 0o600); err != nil {
			return err
		}
		return program(ctx, "java", "-cp", filepath.Join(lib, "*"), filepath.Join(filepath.Dir(lib), "Apply.java"),
			"flyway", part, ".", "jdbc:postgresql://"+u.Host+u.Path, u.User.Username(), password)
	})
}

// sqlxUp is sqlx 0.8.6.
func sqlxUp(ctx context.Context, dsn, dir string, to int) error {
	return onPart(dir, to, func(part string) error {
		apply, err := installed("rust", "target", "debug", "apply")
		if err != nil {
			return err
		}
		return program(ctx, apply, "sqlx", part, dsn)
	})
}
