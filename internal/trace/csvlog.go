package trace

import "bytes"

// csvlog reads log_destination csvlog: 23 columns up to PostgreSQL 12, 24 in 13, 26
// from 14 on; the first 22 are the same (csvlog.c). A record goes on over the ends of
// lines that stand inside quotes.
type csvlog struct {
	server *server
	node   string
	buf    []byte
	line   int
	quotes int
	open   bool
	cut    bool
	rec    serverRecord
	col    [][]byte
}

func (f *csvlog) name() string { return "csvlog" }

// matches: a time with milliseconds and a zone, a comma, and a quoted name or another
// comma. No prefix of stderr looks like that.
func (f *csvlog) matches(line []byte) bool {
	n := timeLength(line)
	if n < 20 || n+1 >= len(line) || line[n] != ',' || line[19] != '.' {
		return false
	}
	return line[n+1] == '"' || line[n+1] == ','
}

// inside tells whether the record that is open ends in a later line.
func (f *csvlog) inside() bool { return f.open && f.quotes%2 == 1 }

func (f *csvlog) take(line []byte, n int) {
	f.flush()
	f.buf = append(f.buf[:0], line...)
	f.quotes = bytes.Count(line, []byte(`"`))
	f.line, f.open = n, true
	if f.quotes%2 == 0 {
		f.flush()
	}
}

func (f *csvlog) more(line []byte) bool {
	if !f.inside() {
		return false
	}
	f.quotes += bytes.Count(line, []byte(`"`))
	if len(f.buf) < maxRecord {
		f.buf = append(append(f.buf, '\n'), line...)
	} else {
		f.cut = true
	}
	if f.quotes%2 == 0 {
		f.flush()
	}
	return true
}

func (f *csvlog) flush() {
	if !f.open {
		return
	}
	if f.quotes%2 == 1 || f.cut {
		f.server.r.stats.Cut++
	}
	f.open, f.cut, f.quotes = false, false, 0
	f.split()
	if len(f.col) < 14 {
		return
	}
	col := func(i int) []byte {
		if i < len(f.col) {
			return f.col[i]
		}
		return nil
	}
	r := &f.rec
	*r = serverRecord{line: f.line, node: f.node, time: col(0), user: col(1), db: col(2), pid: col(3), host: col(4), session: col(5), vxid: col(9),
		severity: col(11), code: col(12), message: col(13), detail: col(14), hint: col(15), statement: col(19), app: col(22), backend: col(23)}
	f.server.record(r, "csvlog")
}

// split cuts the record into columns, in place.
func (f *csvlog) split() {
	f.col = f.col[:0]
	b := f.buf
	for i := 0; i <= len(b); {
		if i < len(b) && b[i] == '"' {
			start, out := i+1, i+1
			i++
			for i < len(b) {
				k := bytes.IndexByte(b[i:], '"')
				if k < 0 {
					k = len(b) - i
				}
				if out != i {
					copy(b[out:], b[i:i+k])
				}
				out += k
				i += k
				if i+1 < len(b) && b[i+1] == '"' {
					b[out] = '"'
					out++
					i += 2
					continue
				}
				i++
				break
			}
			f.col = append(f.col, b[start:min(out, len(b))])
			for i < len(b) && b[i] != ',' {
				i++
			}
			i++
			continue
		}
		k := bytes.IndexByte(b[i:], ',')
		if k < 0 {
			k = len(b) - i
		}
		f.col = append(f.col, b[i:i+k])
		i += k + 1
	}
}
