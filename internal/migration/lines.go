package migration

import (
	"bytes"
	"path"
)

// base is the file's name without directories.
func (f *File) base() string { return path.Base(f.Path) }

// cutLine gives the line at off without its end (\n or \r\n), and where the next
// one starts.
func cutLine(src []byte, off int) (line []byte, next int) {
	line, next = src[off:], len(src)
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line, next = line[:i], off+i+1
	}
	return bytes.TrimSuffix(line, []byte("\r")), next
}
