package trace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

// maxLine bounds what one line, and maxRecord what one record, may keep in memory.
// The rest is read over and counted as cut.
const (
	maxLine   = 1 << 20
	maxRecord = 4 << 20
	peekSize  = 256 << 10
)

// lineReader gives lines without their ends. A line lives until the next call.
type lineReader struct {
	r    *bufio.Reader
	long []byte
	n    int
	read int64
	cut  int
}

// open looks at the beginning of a log: what is compressed is unpacked, what is no
// text is refused.
func open(path string, in io.Reader) (*lineReader, []byte, error) {
	r := bufio.NewReaderSize(in, peekSize)
	head, err := r.Peek(peekSize)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		var where *fs.PathError // it names the path already
		if errors.As(err, &where) {
			err = where.Err
		}
		return nil, nil, fmt.Errorf("read %s: %w", path, err)
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: it begins like a gzip file and is none: %w", path, err)
		}
		r = bufio.NewReaderSize(z, peekSize)
		if head, err = r.Peek(peekSize); len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("read %s: unpack: %w", path, err)
		}
	}
	if err := checkText(path, head); err != nil {
		return nil, nil, err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3) // peeked
		head = head[3:]
	}
	return &lineReader{r: r}, bytes.Clone(head), nil
}

// checkText refuses what cannot be a log, with what to do about it.
func checkText(path string, head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return fmt.Errorf("%s: the text is UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8", path)
	case bytes.HasPrefix(head, []byte("PGDMP")):
		return fmt.Errorf("%s: this is an archive of pg_dump, not a log of statements", path)
	case bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte("\xfd7zXZ")), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return fmt.Errorf("%s: the file is compressed; unpack it, or pass it through standard input", path)
	}
	odd := 0
	for i := 0; i < len(head); {
		c, n := utf8.DecodeRune(head[i:])
		if c == utf8.RuneError && n == 1 && len(head)-i > 4 || c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f' {
			odd++
		}
		i += n
	}
	if odd > 0 && odd > len(head)/20 {
		return fmt.Errorf("%s: this is no text: %d of its first %d bytes cannot be part of a log", path, odd, len(head))
	}
	return nil
}

// next gives the next line, io.EOF after the last.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	l.read += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = append(l.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = l.r.ReadSlice('\n')
			l.read += int64(len(line))
			if room := maxLine - len(l.long); room > 0 {
				l.long = append(l.long, line[:min(room, len(line))]...)
			}
		}
		if len(l.long) >= maxLine {
			l.cut++
		}
		line = l.long
	}
	if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
		return nil, err
	}
	l.n++
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line, nil
}

// stripANSI takes colours and other escape sequences out of a line, in place.
func stripANSI(line []byte) []byte {
	i := bytes.IndexByte(line, 0x1b)
	if i < 0 {
		return line
	}
	out := line[:i]
	for i < len(line) {
		if line[i] != 0x1b {
			out = append(out, line[i])
			i++
			continue
		}
		i++
		if i < len(line) && line[i] == '[' {
			for i++; i < len(line) && (line[i] < 0x40 || line[i] > 0x7e); i++ {
			}
		}
		i++
	}
	return out
}
