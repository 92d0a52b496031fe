package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/report"
)

// reports are further reports that stand in temporary files, beside those that
// they will replace.
type reports []prepared

type prepared struct {
	path, temp string
	text       []byte // instead of temp: what is no regular file is written to
}

// prepareReports writes all reports but leaves the files of their names as they
// are, so that a report that cannot be written spoils none of the others.
func prepareReports(outs []output, r *lint.Result) (reports, error) {
	var rs reports
	for _, out := range outs {
		p, err := prepareReport(out, r)
		if err != nil {
			rs.discard()
			return nil, fmt.Errorf("write the report: %w", err)
		}
		rs = append(rs, p)
	}
	return rs, nil
}

func prepareReport(out output, r *lint.Result) (prepared, error) {
	var b bytes.Buffer
	if err := report.Write(&b, out.format, r, report.Style{Version: version()}); err != nil {
		return prepared{}, err
	}
	p := prepared{path: out.path}
	mode := fs.FileMode(0o644)
	if to, err := filepath.EvalSymlinks(out.path); err == nil {
		p.path = to
		info, err := os.Stat(to)
		switch {
		case err != nil:
			return p, err
		case info.IsDir():
			return p, fmt.Errorf("%s is a directory", out.path)
		case !info.Mode().IsRegular(): // /dev/stderr, a pipe
			p.text = b.Bytes()
			return p, nil
		}
		if mode = info.Mode().Perm(); mode&0o200 == 0 {
			return p, fmt.Errorf("%s may not be written", out.path)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(p.path), ".safemig-*")
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = fmt.Errorf("%s: %w", out.path, pe.Err)
		}
		return p, err
	}
	p.temp = f.Name()
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		os.Remove(p.temp)
	}
	return p, err
}

// commit puts the reports into their places.
func (rs reports) commit() error {
	for i, p := range rs {
		var err error
		if p.temp == "" {
			var f *os.File
			if f, err = os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND, 0); err == nil {
				_, err = f.Write(p.text)
				err = errors.Join(err, f.Close())
			}
		} else if err = os.Rename(p.temp, p.path); err == nil {
			rs[i].temp = ""
		}
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// discard removes what was not committed.
func (rs reports) discard() {
	for _, p := range rs {
		if p.temp != "" {
			os.Remove(p.temp)
		}
	}
}
