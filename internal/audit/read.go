package audit

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/safemig/safemig/internal/trace"
)

// Input is a log to read.
type Input struct {
	Path string
	Open func() (io.ReadCloser, error)
}

// ReadOptions say how logs are read and judged.
type ReadOptions struct {
	Options
	Format string
	Prefix string
	Tables []string // further version tables
}

// Read judges logs. Several are taken to be of the same time, of several nodes, or of
// a server and its clients: their events are put in order by their times.
func Read(inputs []Input, o ReadOptions) (*Report, error) {
	a := New(o.Options)
	tables := &trace.Tables{}
	for _, t := range o.Tables {
		tables.Add(t)
		a.tables = append(a.tables, t)
	}
	var logs []*logReader
	for _, in := range inputs {
		logs = append(logs, &logReader{in: in, o: trace.Options{Path: in.Path, Format: o.Format, Prefix: o.Prefix, Tables: tables}})
	}
	if len(logs) == 1 {
		logs[0].read(func(e *trace.Event) bool { a.Add(e); return true })
	} else {
		merge(logs, a.Add)
	}
	stats := trace.Stats{Formats: map[string]int{}}
	for _, l := range logs {
		if l.err != nil {
			return nil, l.err
		}
		add(&stats, &l.stats)
	}
	return a.Finish(stats), nil
}

type logReader struct {
	in    Input
	o     trace.Options
	stats trace.Stats
	err   error
}

func (l *logReader) read(yield func(*trace.Event) bool) {
	f, err := l.in.Open()
	if err != nil {
		l.err = err
		return
	}
	defer func() {
		if err := f.Close(); err != nil && l.err == nil {
			l.err = fmt.Errorf("close %s: %w", l.in.Path, err)
		}
	}()
	stopped := false
	l.stats, l.err = trace.Read(f, l.o, func(e *trace.Event) {
		stopped = stopped || !yield(e)
	})
}

// merge gives the events of several logs in the order of their times; those without a
// time stay behind the one before them.
func merge(logs []*logReader, fn func(*trace.Event)) {
	type head struct {
		next func() (*trace.Event, bool)
		e    *trace.Event
	}
	var heads []*head
	for _, l := range logs {
		next, stop := iter.Pull(iter.Seq[*trace.Event](l.read))
		defer stop()
		if e, ok := next(); ok {
			heads = append(heads, &head{next, e})
		}
	}
	for len(heads) > 0 {
		first := 0
		for i, h := range heads {
			if !h.e.Time.IsZero() && h.e.Time.Before(heads[first].e.Time) {
				first = i
			}
		}
		h := heads[first]
		fn(h.e)
		e, ok := h.next()
		if !ok {
			heads = slices.Delete(heads, first, first+1)
			continue
		}
		if e.Time.IsZero() {
			e.Time = h.e.Time
		}
		h.e = e
	}
}

func add(to, s *trace.Stats) {
	to.Lines += s.Lines
	to.Bytes += s.Bytes
	to.Events += s.Events
	to.Statements += s.Statements
	to.Skipped += s.Skipped
	to.Cut += s.Cut
	to.Samples = append(to.Samples, s.Samples...)
	for _, f := range slices.Sorted(maps.Keys(s.Formats)) {
		to.Formats[f] += s.Formats[f]
	}
}
