package split

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write does what the plan says, all of it or nothing: where a file cannot be
// written, or was changed since the plan was made, every file is as it was. It is
// for plans of the operating system's files.
func (p *Plan) Write() (err error) {
	var undo []func() error
	var tidy []string // temporary files
	defer func() {
		if err != nil {
			for i := len(undo) - 1; i >= 0; i-- {
				err = errors.Join(err, undo[i]())
			}
		}
		for _, t := range tidy {
			os.Remove(t) // most are gone by now
		}
	}()
	temps := make([]string, len(p.Changes))
	for i, ch := range p.Changes {
		to := native(p.dir, ch.Path)
		if err := unchanged(to, ch.Was); err != nil {
			return fmt.Errorf("split: %w", err)
		}
		made, err := makeDir(filepath.Dir(to))
		if made != "" {
			undo = append(undo, func() error { return os.RemoveAll(made) })
		}
		if err != nil {
			return fmt.Errorf("split: %w", err)
		}
		if ch.Now == nil {
			continue
		}
		if temps[i], err = temporary(to, ch.Now); err != nil {
			return fmt.Errorf("split: %w", err)
		}
		tidy = append(tidy, temps[i])
	}
	for _, replaces := range []bool{false, true} { // the originals go last
		for i, ch := range p.Changes {
			if (ch.Was != nil) != replaces {
				continue
			}
			to := native(p.dir, ch.Path)
			if replaces {
				kept := to + ".safemig-was"
				if err := os.Rename(to, kept); err != nil {
					return fmt.Errorf("split: %w", err)
				}
				undo = append(undo, func() error { return os.Rename(kept, to) })
				tidy = append(tidy, kept)
			}
			if ch.Now == nil {
				continue
			}
			if err := os.Rename(temps[i], to); err != nil {
				return fmt.Errorf("split: %w", err)
			}
			undo = append(undo, func() error { return os.Remove(to) })
		}
	}
	return nil
}

// unchanged fails where a file is not as it was read; nil: there was none.
func unchanged(path string, was []byte) error {
	src, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && was == nil:
		return nil
	case err != nil:
		return err
	case was == nil:
		return fmt.Errorf("%s is there already", path)
	case !bytes.Equal(src, was):
		return fmt.Errorf("%s has changed while it was read: run again", path)
	}
	return nil
}

// makeDir makes a directory and gives the topmost one that was not there.
func makeDir(dir string) (made string, err error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = d
	}
	return made, os.MkdirAll(dir, 0o755)
}

// temporary writes a file beside another, with its permissions where it is there.
func temporary(to string, src []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(to), ".safemig-*")
	if err != nil {
		return "", err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(to); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = f.Write(src)
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}
