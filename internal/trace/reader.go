package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Options say how a log is read. The zero value detects everything.
type Options struct {
	Path   string  // for the events
	Format string  // one of Formats; "" detects
	Prefix string  // log_line_prefix of a stderr log; "" is found from the lines
	Tables *Tables // version tables besides those of the tools; may be nil
}

// Formats are the names of the formats.
func Formats() []string {
	return []string{"ecto", "rails", "django", "alembic", "stderr", "csvlog", "jsonlog", "sql"}
}

// format reads the records of one format. A record begins at a line that matches,
// and goes on as long as more takes lines.
type format interface {
	name() string
	matches(line []byte) bool // keeps what it found for take
	take(line []byte, n int)
	more(line []byte) bool
	flush()
}

// stream is one node's part of a log: its own records, which may be woven with
// those of others.
type stream struct {
	node    string
	formats []format
	open    format // whose record is being read
	since   int    // the line on which it began
	last    int    // the line that was read last
}

type reader struct {
	Options
	fn      func(*Event)
	stats   Stats
	streams map[string]*stream
	order   []*stream
	wrap    wrapping
	held    []*Event // of several streams: until no open record is older
	lines   *lineReader
	prefix  *prefixParser
	server  *server
	head    []byte
}

// maxStreams bounds the nodes that one log is taken to have.
const maxStreams = 64

// Read reads a log to its end and gives its events to fn, in the log's order. What
// is not understood is no error; a log of which nothing is understood is, and so is
// one that is no text.
func Read(in io.Reader, o Options, fn func(*Event)) (Stats, error) {
	lines, head, err := open(o.Path, in)
	if err != nil {
		return Stats{}, err
	}
	r := &reader{Options: o, fn: fn, lines: lines, head: head, streams: map[string]*stream{}, stats: Stats{Formats: map[string]int{}}}
	if r.Tables == nil {
		r.Tables = &Tables{}
	}
	if r.prefix, err = newPrefixParser(o.Prefix); err != nil {
		return r.stats, err
	}
	r.server = newServer(r)
	if r.Format == "" && !r.detects() {
		r.Format = "sql"
	}
	if r.Format == "sql" && !looksLikeSQL(head) && len(bytes.TrimSpace(head)) > 0 && o.Format == "" {
		return r.stats, fmt.Errorf("%s: no line of it is of a format that safemig knows (%s); --from says which it is", o.Path, strings.Join(Formats(), ", "))
	}
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) { // a gzip file that is cut off: what there is counts
			r.stats.Cut++
			break
		}
		if err != nil {
			r.finish()
			return r.stats, fmt.Errorf("read %s after line %d: %w", o.Path, lines.n, err)
		}
		r.line(line)
	}
	r.finish()
	return r.stats, nil
}

func (r *reader) finish() {
	for _, s := range r.order {
		s.flush()
	}
	r.release(int(^uint(0) >> 1))
	r.stats.Lines, r.stats.Bytes = r.lines.n, r.lines.read
	r.stats.Cut += r.lines.cut
}

// newStream makes the readers of a node.
func (r *reader) newStream(node string) *stream {
	s := &stream{node: node}
	add := func(f format) {
		if r.Format == "" || r.Format == f.name() {
			s.formats = append(s.formats, f)
		}
	}
	add(&csvlog{server: r.server, node: node})
	add(&jsonlog{server: r.server, app: newApp(r, node), node: node})
	add(&stderr{server: r.server, prefix: r.prefix, node: node})
	add(&ecto{app: newApp(r, node)})
	add(&alchemy{app: newApp(r, node)})
	add(&rails{app: newApp(r, node)})
	add(&django{app: newApp(r, node)})
	if r.Format == "sql" {
		s.open = &script{app: newApp(r, node)}
	}
	return s
}

// detects tells whether any line of the log's head is of a format of logs, and
// learns how the lines are wrapped and what their prefix is.
func (r *reader) detects() bool {
	s := r.newStream("")
	lines := r.unwrap()
	found := false
	var prefixes [][]byte
	for _, line := range lines {
		f := s.find(line)
		if f == nil {
			continue
		}
		found = true
		if _, ok := f.(*stderr); ok && len(prefixes) < 400 {
			at, _ := severity(line)
			prefixes = append(prefixes, line[:at])
		}
	}
	r.prefix.learn(prefixes)
	return found
}

// unwrap finds what has marked the lines of the head, nearly all of them, and gives
// them without it.
func (r *reader) unwrap() [][]byte {
	var lines [][]byte
	for line := range bytes.Lines(r.head) {
		lines = append(lines, stripANSI(bytes.TrimRight(bytes.Clone(line), "\r\n")))
	}
	if len(lines) > 1 && len(r.head) >= peekSize-1024 {
		lines = lines[:len(lines)-1] // cut off
	}
	for w := wrapping(1); w < wrappings; w++ {
		rest := make([][]byte, len(lines))
		marked, blank := 0, 0
		for i, line := range lines {
			rest[i] = line
			if len(bytes.TrimSpace(line)) == 0 {
				blank++
			} else if _, inner, ok := w.strip(line); ok {
				rest[i] = stripANSI(inner)
				marked++
			}
		}
		if marked > 0 && marked*10 >= (len(lines)-blank)*8 {
			r.wrap = w
			return rest
		}
	}
	return lines
}

// find gives the format of which a record begins at a line; that of the last record
// is asked first.
func (s *stream) find(line []byte) format {
	if s.open != nil && s.open.matches(line) {
		return s.open
	}
	for _, f := range s.formats {
		if f != s.open && f.matches(line) {
			return f
		}
	}
	return nil
}

func (s *stream) flush() {
	if s.open != nil {
		s.open.flush()
		s.open = nil
	}
}

// stream gives the stream of a node; one too many shares that of all.
func (r *reader) stream(node string) *stream {
	s := r.streams[node]
	if s == nil {
		if len(r.streams) >= maxStreams {
			node = ""
			if s = r.streams[node]; s != nil {
				return s
			}
		}
		s = r.newStream(node)
		r.streams[node] = s
		r.order = append(r.order, s)
	}
	return s
}

func (r *reader) line(line []byte) {
	line = stripANSI(line)
	node := ""
	if r.wrap != 0 {
		if n, rest, ok := r.wrap.strip(line); ok {
			node, line = n, stripANSI(rest)
		}
	}
	s := r.stream(node)
	r.feed(s, line)
	s.last = r.lines.n
	if len(r.order) > 1 {
		r.settle()
	}
}

func (r *reader) feed(s *stream, line []byte) {
	if c, ok := s.open.(*csvlog); ok && c.inside() {
		c.more(line)
		return
	}
	if len(line) > 0 && line[0] == '\t' && s.open != nil && s.open.more(line) {
		return
	}
	if f := s.find(line); f != nil {
		before := s.open
		if before != nil && before != f {
			s.flush()
		}
		s.open, s.since = f, r.lines.n
		r.stats.Formats[f.name()]++
		f.take(line, r.lines.n)
		return
	}
	if s.open != nil && s.open.more(line) {
		return
	}
	r.skip(line)
}

func (r *reader) skip(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	r.stats.Skipped++
	if len(r.stats.Samples) < 5 {
		r.stats.Samples = append(r.stats.Samples, Sample{r.Path, r.lines.n, oneLine(line, 120)})
	}
}

// emit gives an event away, in the order of the lines on which events began.
func (r *reader) emit(e *Event) {
	e.Path = r.Path
	r.stats.Events++
	if len(r.order) < 2 {
		r.fn(e)
		return
	}
	r.held = append(r.held, e)
}

// settle ends records of streams that have been silent for long, and gives away what
// no open record is older than.
func (r *reader) settle() {
	oldest := r.lines.n
	for _, s := range r.order {
		if s.open == nil {
			continue
		}
		if r.lines.n-s.last > 500 {
			s.flush()
			continue
		}
		oldest = min(oldest, s.since)
	}
	r.release(oldest)
}

func (r *reader) release(before int) {
	if len(r.held) == 0 {
		return
	}
	slices.SortStableFunc(r.held, func(a, b *Event) int { return a.Line - b.Line })
	i := 0
	for i < len(r.held) && r.held[i].Line < before {
		r.fn(r.held[i])
		i++
	}
	r.held = slices.Delete(r.held, 0, i)
}
