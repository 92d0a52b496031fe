package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/safemig/safemig/runner"
)

// ink colours words, if it is true.
type ink bool

func (i ink) write(code, s string) string {
	if !i {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (i ink) red(s string) string    { return i.write("31", s) }
func (i ink) green(s string) string  { return i.write("32", s) }
func (i ink) yellow(s string) string { return i.write("33", s) }
func (i ink) faint(s string) string  { return i.write("2", s) }

// events writes what happens in a run as it happens: JSON lines, or text with, on a
// terminal, one line at its end that is written over.
type events struct {
	w       io.Writer
	json    bool
	ink     ink
	verbose bool
	width   int // of the terminal; 0: none
	live    bool
	percent float64   // of the progress that was written last
	told    time.Time // when it was
}

func (e *events) event(ev runner.Event) {
	if e.json {
		b, err := json.Marshal(ev)
		if err != nil {
			panic(err) // strings, numbers and times marshal
		}
		fmt.Fprintf(e.w, "%s\n", b)
		return
	}
	switch ev.Kind {
	case runner.KindFinding:
		e.finding(ev.Finding)
	case runner.KindConnected:
		if e.verbose {
			e.line("%s", e.ink.faint(fmt.Sprintf("PostgreSQL %s, database %s, user %s, session %d", ev.Server.Version, ev.Server.Database, ev.Server.User, ev.Server.PID)))
		}
	case runner.KindLockWait:
		e.waiting(ev)
	case runner.KindStart:
		e.percent = -1
		e.over("%s  %s", title(ev), e.ink.faint(fmt.Sprintf("migration %d of %d", ev.N, ev.Of)))
	case runner.KindStatement:
		text := fmt.Sprintf("%s  %d of %d  %s", ev.Version, ev.N, ev.Of, ev.Statement)
		if e.verbose {
			e.line("  %s", e.ink.faint(fmt.Sprintf("%s:%d", ev.Path, ev.Line)+"  "+ev.Statement))
		}
		e.over("%s", text)
	case runner.KindBlocked:
		e.blocked(ev)
	case runner.KindProgress:
		e.progress(ev)
	case runner.KindRetry:
		e.line("%s  %s; everything is rolled back and tried again in about %s", e.ink.yellow("retry"), ev.Message, round(ev.Wait))
	case runner.KindRepair:
		e.line("%s  %s: %s", e.ink.yellow("repair"), ev.Statement, ev.Message)
	case runner.KindApplied:
		e.line("%s  %s%s", e.ink.green("applied"), title(ev), outcome(ev))
	case runner.KindReverted:
		e.line("%s %s%s", e.ink.green("reverted"), title(ev), outcome(ev))
	case runner.KindReconnect:
		e.line("%s  %s; connecting again in %s", e.ink.yellow("lost"), ev.Message, round(ev.Wait))
	case runner.KindWarning:
		e.line("%s  %s", e.ink.yellow("warning"), ev.Message)
		e.remedy(ev.Unblock)
	case runner.KindInterrupt:
		e.line("%s  %s", e.ink.yellow("interrupted"), ev.Message)
	case runner.KindNothing:
		e.line("nothing to do")
	}
}

// finding shows what refuses; what does not, and why, only if asked.
func (e *events) finding(f *runner.Finding) {
	what := e.ink.red(f.Severity)
	if !f.Refused {
		if !e.verbose {
			return
		}
		what = e.ink.yellow(f.Severity)
	}
	e.line("%s:%d:%d: %s: %s  [%s]", f.Path, f.Line, f.Column, what, f.Message, f.Rule)
	if f.Because != "" {
		e.line("  runs all the same: %s", f.Because)
	}
	if f.Refused {
		if f.Hint != "" {
			e.line("  instead  %s", strings.ReplaceAll(f.Hint, "\n", "\n           "))
		}
		e.line("  or       --allow '%s=why it is safe here'", f.Rule)
	}
}

func (e *events) waiting(ev runner.Event) {
	whose := "the lock"
	if ev.Message != "" {
		whose = ev.Message + "'s lock"
	}
	who := "nobody who can be seen"
	if ev.Holder != nil {
		who = ev.Holder.String()
	}
	e.line("%s  for %s, %s: held by %s", e.ink.yellow("waiting"), whose, round(ev.Elapsed), who)
	if ev.Holder != nil && e.verbose && ev.Holder.Query != "" {
		e.line("         it runs %s", ev.Holder.Query)
	}
	e.remedy(ev.Unblock)
}

func (e *events) blocked(ev runner.Event) {
	e.line("%s  %s:%d waits for %s", e.ink.yellow("blocked"), ev.Path, ev.Line, round(ev.Elapsed))
	for _, b := range ev.Blockers {
		e.line("         %s", b)
	}
	e.remedy(ev.Unblock)
	if ev.Progress != nil {
		e.progress(ev)
	}
}

func (e *events) remedy(sql string) {
	if sql != "" {
		e.line("         to end the wait: %s", sql)
	}
}

// progress shows a bar on a terminal, and elsewhere a line now and then.
func (e *events) progress(ev runner.Event) {
	p := ev.Progress
	switch {
	case p == nil && e.width > 0:
		e.over("%s  %s  %s", ev.Version, ev.Statement, round(ev.Elapsed))
	case p == nil:
		e.line("  %s:%d runs for %s", ev.Path, ev.Line, round(ev.Elapsed))
	case e.width > 0:
		const wide = 24
		full := int(p.Percent / 100 * wide)
		e.over("%s  [%s%s] %3.0f %%  %s", ev.Version, strings.Repeat("#", full), strings.Repeat("-", wide-full), p.Percent, p.Phase)
	case p.Percent >= e.percent+10 || time.Since(e.told) > 30*time.Second:
		e.percent, e.told = p.Percent, time.Now()
		e.line("  %s:%d  %3.0f %%  %s", ev.Path, ev.Line, p.Percent, p.Phase)
	}
}

// line writes a line that stays.
func (e *events) line(format string, args ...any) {
	e.clear()
	fmt.Fprintf(e.w, format+"\n", args...)
}

// over writes the line that is written over; nothing where there is no terminal.
func (e *events) over(format string, args ...any) {
	if e.width == 0 || e.json {
		return
	}
	e.clear()
	text := []rune(fmt.Sprintf(format, args...))
	if len(text) > e.width-1 && !e.ink { // with colours the length is not the width
		text = text[:e.width-1]
	}
	fmt.Fprint(e.w, string(text))
	e.live = true
}

func (e *events) clear() {
	if e.live {
		fmt.Fprint(e.w, "\r\x1b[K")
		e.live = false
	}
}

func title(ev runner.Event) string {
	if ev.Name == "" {
		return ev.Version
	}
	return ev.Version + " " + ev.Name
}

func outcome(ev runner.Event) string {
	if ev.Message != "" {
		return "  " + ev.Message
	}
	return fmt.Sprintf("  %s, %s", counted(ev.Count, "statement"), round(ev.Elapsed))
}

func round(d time.Duration) time.Duration {
	switch {
	case d > time.Minute:
		return d.Round(time.Second)
	case d > time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
