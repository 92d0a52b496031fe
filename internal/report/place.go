// Package report writes what lint found, one file per format. Lines and columns
// exist only here: from 1, columns in characters.
package report

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/migration"
)

// Place is a position as people write it: from 1, the column in characters.
type Place struct{ Line, Column int }

// places finds lines in files. It remembers where the lines of the last file begin.
type places struct {
	file   *migration.File
	starts []int
}

func (p *places) load(f *migration.File) {
	if p.file == f {
		return
	}
	p.file, p.starts = f, append(p.starts[:0], 0)
	for off := 0; ; {
		i := bytes.IndexByte(f.Src[off:], '\n')
		if i < 0 {
			return
		}
		off += i + 1
		p.starts = append(p.starts, off)
	}
}

// at gives the place of an offset. One behind the end is taken for the end.
func (p *places) at(f *migration.File, off int) Place {
	p.load(f)
	off = max(0, min(off, len(f.Src)))
	line := sort.SearchInts(p.starts, off+1)
	return Place{line, utf8.RuneCount(f.Src[p.starts[line-1]:off]) + 1}
}

// line gives the text of a line, from 1, without its end.
func (p *places) line(f *migration.File, n int) []byte {
	p.load(f)
	if n < 1 || n > len(p.starts) {
		return nil
	}
	end := len(f.Src)
	if n < len(p.starts) {
		end = p.starts[n] - 1
	}
	return bytes.TrimSuffix(f.Src[p.starts[n-1]:end], []byte("\r"))
}
