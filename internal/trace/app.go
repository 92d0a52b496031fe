package trace

import (
	"bytes"
	"strconv"
	"time"
)

// app is what the readers of applications' logs share: the time, and how an event
// is made.
type app struct {
	r      *reader
	node   string
	now    time.Time
	clock  bool
	client string
}

func newApp(r *reader, node string) *app { return &app{r: r, node: node} }

// appOf gives a reader's app.
func appOf(f format) *app {
	switch f := f.(type) {
	case *ecto:
		return f.app
	case *alchemy:
		return f.app
	case *rails:
		return f.app
	case *django:
		return f.app
	}
	return nil
}

// when sets the time and the client of the event that is being read.
func (a *app) when(text []byte, client string) {
	if t := parseTime(bytes.Replace(text, []byte("T"), []byte(" "), 1)); !t.IsZero() {
		a.now, a.clock = t, false
	}
	a.client = client
}

func (a *app) event(kind Kind, format string, line int) *Event {
	e := &Event{Kind: kind, Format: format, Line: line, Node: a.node, Time: a.now, Clock: a.clock, Reads: true}
	if e.Node == "" && a.client != "" && format != "ecto" {
		e.Node = a.client
	}
	return e
}

// statement makes the event of an SQL text.
func (a *app) statement(format string, line int, sql []byte, params []string) *Event {
	e := a.event(Statement, format, line)
	a.r.stats.Statements++
	e.SQL, e.Params = string(sql), params
	e.Ops = a.r.Tables.Classify(sql, params)
	return e
}

// clockTime reads a time at the beginning of a line: 20:48:04.431, a date and a time,
// with T or a space between. It gives the length that it takes.
func (a *app) clockTime(line []byte) int {
	b := bytes.TrimLeft(line, " [<")
	skip := len(line) - len(b)
	if len(b) >= 19 && b[4] == '-' && (b[10] == ' ' || b[10] == 'T') && isDigit(b[0]) {
		n := 19
		for n < len(b) && (isDigit(b[n]) || b[n] == '.' || b[n] == ',') {
			n++
		}
		t := append([]byte(nil), b[:n]...)
		t[10] = ' '
		if v := parseTime(t); !v.IsZero() {
			a.now, a.clock = v, false
		}
		return skip + n
	}
	if len(b) >= 8 && b[2] == ':' && b[5] == ':' && isDigit(b[0]) && isDigit(b[7]) {
		n := 8
		for n < len(b) && (isDigit(b[n]) || b[n] == '.' || b[n] == ',') {
			n++
		}
		t := append([]byte("2000-01-01 "), b[:n]...)
		v := parseTime(t)
		if a.clock && v.Before(a.now.Add(-12*time.Hour)) { // past midnight
			v = v.AddDate(0, 0, 1)
		}
		a.now, a.clock = v, true
		return skip + n
	}
	return 0
}

// millis reads "12.5ms" after a label such as "idle=".
func millis(header []byte, label string) (time.Duration, bool) {
	_, rest, ok := bytes.Cut(header, []byte(label))
	if !ok {
		return 0, false
	}
	v, _, ok := bytes.Cut(rest, []byte("ms"))
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f < 0 || f > 1e12 {
		return 0, false
	}
	return time.Duration(f * float64(time.Millisecond)), true
}
