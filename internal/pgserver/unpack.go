package pgserver

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// unpack extracts an npm archive into dir, readable for every user of the machine, and makes
// the links that npm cannot carry (native/pg-symlinks.json). It writes nothing outside dir.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for tr := tar.NewReader(gz); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(h.Name, "/") // "package/" of every npm archive
		if h.Typeflag != tar.TypeReg || !strings.HasPrefix(name, "native/") {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("the archive has a file outside: %q", h.Name)
		}
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), tr, modeOf(name)); err != nil {
			return err
		}
	}
	return link(dir)
}

func modeOf(name string) fs.FileMode {
	if strings.HasPrefix(name, "native/bin/") {
		return 0o755 // the archive has lost the bit for some versions
	}
	return 0o644
}

func writeFile(name string, r io.Reader, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(mode) // whatever the umask
	}
	if err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// link makes the relative links that the package lists.
func link(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Windows has none
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("read pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		if !filepath.IsLocal(l.Source) || !filepath.IsLocal(l.Target) {
			return fmt.Errorf("pg-symlinks.json links outside: %q to %q", l.Target, l.Source)
		}
		target := filepath.Join(dir, filepath.FromSlash(l.Target))
		source, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(source, target); err != nil {
			return err
		}
	}
	return nil
}

// graft copies the tree from to the new directory to: by hard links where the file system
// allows it, which is instant. A server started by root runs as another user, who must be able
// to read the binaries, and root's own cache is closed to everybody else.
func graft(from, to string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			if err := os.MkdirAll(dst, 0o755); err != nil {
				return err
			}
			return os.Chmod(dst, 0o755) // whatever the umask
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return os.Symlink(target, dst)
		case os.Link(p, dst) == nil:
			return nil
		}
		return copyFile(p, dst)
	})
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeFile(to, f, info.Mode().Perm()|0o444)
}
