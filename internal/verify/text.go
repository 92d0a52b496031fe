package verify

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Style is how the report for people looks. The zero value is plain.
type Style struct {
	Color   bool
	Verbose bool // the relations of statements that agree, too
}

func (s Style) paint(sgr, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

var colors = map[Status]string{Agrees: "32", Differs: "1;31", Failed: "1;31", Refused: "1;33", NotCompared: "33", NotRun: "2"}

// WriteText writes one line per statement, more where there is more to say, and
// a line that counts.
func WriteText(out io.Writer, r *Result, style Style) error {
	w := bufio.NewWriter(out)
	for _, o := range r.Outcomes {
		writeOutcome(w, o, style)
	}
	if len(r.Outcomes) > 0 {
		fmt.Fprintln(w)
	}
	for _, b := range r.Broken {
		fmt.Fprintf(w, "%s %s: %s\n", style.paint(colors[Failed], "migration failed"), brokenName(b), b.Why)
	}
	for _, what := range r.Opaque {
		fmt.Fprintf(w, "%s  %s: no SQL, so what follows runs without what it did\n", style.paint(colors[NotRun], fmt.Sprintf("%-12s", NotRun)), what)
	}
	if len(r.Roles) > 0 {
		fmt.Fprintf(w, "created for the run, because migrations name them: %s\n", strings.Join(r.Roles, ", "))
	}
	fmt.Fprintln(w, summary(r))
	return w.Flush()
}

func brokenName(b Broken) string {
	if b.Down {
		return b.Path + " (down)"
	}
	return b.Path
}

func writeOutcome(w io.Writer, o *Outcome, style Style) {
	where := fmt.Sprintf("%s:%d", o.Path, o.Line)
	if o.Down {
		where += " (down)"
	}
	took := ""
	if o.Status != NotRun {
		took = "  " + style.paint("2", milliseconds(o.Duration))
	}
	fmt.Fprintf(w, "%s  %s  %s%s\n", style.paint(colors[o.Status], fmt.Sprintf("%-12s", o.Status)), where, Shorten(o.OneLine(), 80), took)
	row := func(format string, a ...any) { fmt.Fprintf(w, "                "+format+"\n", a...) }
	switch o.Status {
	case Refused:
		why, _ := o.refusal()
		row("as predicted: %s (SQLSTATE %s)", why, o.SQLState)
	case Failed:
		row("%s (SQLSTATE %s)", o.Error, o.SQLState)
		if o.SQLState == "42704" && strings.HasPrefix(o.Error, "role ") {
			row("create it on the server: verify creates no roles on one that was given")
		}
	case Agrees:
		if !style.Verbose {
			return
		}
	}
	for _, d := range o.Differences {
		row("%s", d)
	}
	for _, why := range o.NotCompared {
		if style.Verbose || o.Status != Agrees {
			row("not compared: %s", why)
		}
	}
	if style.Verbose && o.Status != NotRun && o.Status != Failed {
		for _, l := range o.Relations {
			row("%-34s predicted %-40s measured %s", l.Name, lockAndWork(l.PredictedLock.String(), l.PredictedWork), lockAndWork(l.MeasuredLock.String(), l.MeasuredWork))
		}
	}
}

func lockAndWork(lock string, work []string) string {
	if lock == "" {
		lock = "none"
	}
	if len(work) == 0 {
		return lock
	}
	return lock + ", " + strings.Join(work, ", ")
}

// summary counts.
func summary(r *Result) string {
	if len(r.Outcomes) == 0 {
		return fmt.Sprintf("no statements; PostgreSQL %s", r.Version)
	}
	parts := []string{fmt.Sprintf("%d agreed", r.Count(Agrees)), fmt.Sprintf("%d differed", r.Count(Differs))}
	for _, c := range []struct {
		n    int
		what string
	}{{r.Count(Refused), "refused as predicted"}, {r.Count(Failed), "failed"}, {r.Count(NotCompared), "not compared (not modelled)"}, {r.Count(NotRun), "not run"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	line := fmt.Sprintf("%s on PostgreSQL %s: %s", plural(len(r.Outcomes), "statement"), r.Version, strings.Join(parts, ", "))
	if n := r.partly(); n > 0 {
		line += fmt.Sprintf("; of %d a lock or scan could not show (-v says which)", n)
	}
	return fmt.Sprintf("%s; %d of %s failed", line, r.failed(), plural(r.Migrations, "migration"))
}

// failed counts the migrations that failed in either direction.
func (r *Result) failed() int {
	seen := map[string]bool{}
	for _, b := range r.Broken {
		seen[path.Dir(b.Path)+"\x00"+b.Migration] = true
	}
	return len(seen)
}

// partly counts statements that agree as far as could be seen.
func (r *Result) partly() int {
	n := 0
	for _, o := range r.Outcomes {
		if len(o.NotCompared) > 0 && slices.Contains([]Status{Agrees, Differs}, o.Status) {
			n++
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// Shorten cuts text that is longer than n characters and says so.
func Shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
