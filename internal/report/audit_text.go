package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/audit"
)

var auditFormats = map[string]func(io.Writer, *audit.Report, Style) error{
	"text": writeAuditText,
	"json": writeAuditJSON,
	"html": writeAuditHTML,
	"svg":  writeAuditSVG,
}

// AuditFormats gives the names of the formats of an audit, text first.
func AuditFormats() []string { return []string{"text", "json", "html", "svg"} }

// WriteAudit writes an audit in one of AuditFormats.
func WriteAudit(w io.Writer, format string, r *audit.Report, style Style) error {
	f, ok := auditFormats[format]
	if !ok {
		return fmt.Errorf("unknown format %q", format)
	}
	return f(w, r, style)
}

type auditText struct {
	w     *bufio.Writer
	style Style
	width int
}

// writeAuditText writes, version by version, the log's own lines with the locks
// drawn beside them, and what is to be said of them.
func writeAuditText(out io.Writer, r *audit.Report, style Style) error {
	t := &auditText{w: bufio.NewWriter(out), style: style, width: widest}
	if style.Width > 0 {
		t.width = max(narrowest, style.Width)
	}
	for _, v := range r.Versions {
		t.version(v)
	}
	t.skipped(r)
	fmt.Fprintln(t.w, t.summary(r))
	return t.w.Flush()
}

func (t *auditText) version(v *audit.Version) {
	fmt.Fprintln(t.w, t.style.paint(bold, versionTitle(v))+"  "+t.style.paint(verdictColor(v.Verdict), string(v.Verdict)))
	if v.Verdict != audit.Pass || t.style.Verbose {
		t.moments(v)
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Severity == audit.Info && v.Verdict == audit.Pass && !t.style.Verbose {
			continue
		}
		t.finding(f)
	}
	if v.Verdict == audit.Pass && !t.style.Verbose {
		t.pass(v)
	}
	fmt.Fprintln(t.w)
}

// versionTitle is "20211208193432 AddIndex (schema_migrations, down)".
func versionTitle(v *audit.Version) string {
	title := v.Version
	if title == "" {
		title = "no version"
	}
	if name := v.Title[strings.LastIndexByte(v.Title, '.')+1:]; name != "" {
		title += " " + name
	}
	var about []string
	if v.Tool != "" {
		about = append(about, v.Tool)
	}
	if v.Table != "" {
		about = append(about, v.Table)
	}
	if v.Down {
		about = append(about, "down")
	}
	if !v.Recorded && v.Version != "" {
		about = append(about, "not recorded")
	}
	if len(about) > 0 {
		title += " (" + strings.Join(about, ", ") + ")"
	}
	return visible(title)
}

func verdictColor(v audit.Verdict) string {
	switch v {
	case audit.Fail:
		return red
	case audit.Warn:
		return yellow
	}
	return green
}

// pass says in a line why a version passes.
func (t *auditText) pass(v *audit.Version) {
	for _, s := range v.Spans {
		if s.Intended || s.Doubtful {
			continue
		}
		end := "to the end of the log"
		if !s.Open {
			end = "to " + lineAndClock(s.To)
		}
		fmt.Fprintf(t.w, "  %s held from %s %s\n", lockTitle(s), lineAndClock(s.From), end)
	}
	notes := 0
	for _, f := range v.Findings {
		if f.Severity == audit.Info {
			notes++
		}
	}
	if notes > 0 {
		fmt.Fprintf(t.w, "  %s (-v shows them)\n", count(notes, "note"))
	}
}

func lineAndClock(p audit.Point) string {
	if c := clockOf(p.Time); c != "" {
		return fmt.Sprintf("line %d (%s)", p.Line, c)
	}
	return fmt.Sprintf("line %d", p.Line)
}

func lockTitle(s audit.Span) string {
	name := s.Key
	if s.Class == "table" || s.Class == "row" {
		name = "lock on " + s.Key
	} else {
		name = "lock " + name
	}
	if s.Owner != "" {
		name += ", " + s.Owner + ","
	}
	return visible(name)
}

// moments draws the log's lines: line, time, session, a column for each lock, text.
func (t *auditText) moments(v *audit.Version) {
	if len(v.Moments) == 0 {
		return
	}
	sessions, number := 0, 0
	for _, m := range v.Moments {
		sessions = max(sessions, cells(m.Session))
		number = max(number, len(fmt.Sprint(m.At.Line)))
	}
	sessions = min(sessions, 20)
	spans := drawnSpans(v)
	for i, m := range v.Moments {
		if i == 60 && len(v.Moments) > 80 {
			fmt.Fprintf(t.w, "  %*s  … %d more\n", number, "", len(v.Moments)-80)
		}
		if i >= 60 && i < len(v.Moments)-20 && len(v.Moments) > 80 {
			continue
		}
		lead := fmt.Sprintf("  %*d  ", number, m.At.Line)
		if c := clockOf(m.At.Time); c != "" {
			lead += c + "  "
		}
		lead += pad(shorten(visible(m.Session), sessions), sessions) + " "
		gutter, note := "", ""
		for _, s := range spans {
			mark := spanMark(s, m, v)
			gutter += mark
			switch {
			case mark == "┏", mark == "┡":
				note = "held: "
			case mark == "┗":
				note = "released: "
			case mark == "✗":
				note = "not released: "
			}
		}
		if m.Role == audit.Record {
			note = "recorded: "
		}
		room := t.width - cells(lead) - len(spans) - 2 - cells(note)
		text := shorten(visible(m.Text), max(20, room))
		fmt.Fprintln(t.w, t.style.paint(dim, lead)+t.style.paint(cyan, gutter)+"  "+t.style.paint(roleColor(m.Role), note+text))
	}
	if v.Dropped > 0 {
		fmt.Fprintf(t.w, "  %s not shown\n", count(v.Dropped, "line"))
	}
}

func roleColor(r audit.Role) string {
	switch r {
	case audit.Lock, audit.Unlock:
		return cyan
	case audit.Record:
		return bold
	case audit.Trouble:
		return red
	case audit.Begin, audit.Commit, audit.Check, audit.Marker:
		return dim
	}
	return ""
}

// drawnSpans are the locks of which a line is shown.
func drawnSpans(v *audit.Version) []audit.Span {
	var out []audit.Span
	for _, s := range v.Spans {
		if len(out) < 8 {
			out = append(out, s)
		}
	}
	return out
}

// spanMark is what a lock's column shows at a moment.
func spanMark(s audit.Span, m audit.Moment, v *audit.Version) string {
	at := m.At
	switch {
	case s.From == at:
		return "┏"
	case (!s.Open || s.Intended) && s.To == at && s.Intended:
		return "✗"
	case !s.Open && s.To == at:
		return "┗"
	case at.Before(s.From):
		return " "
	case s.Intended && s.To.Before(at):
		return "╎"
	case s.Open || at.Before(s.To):
		return "┃"
	}
	return " "
}

func (t *auditText) finding(f *audit.Finding) {
	certainty := ""
	if f.Certainty != audit.Certain {
		certainty = ", " + string(f.Certainty)
	}
	severity := string(f.Severity) + certainty
	rule, _ := audit.FindRule(f.Rule)
	fmt.Fprintf(t.w, "\n%s: %s: %s  %s\n", t.style.paint(bold, fmt.Sprintf("%s:%d", visible(f.At.Path), f.At.Line)),
		t.style.paint(auditColor(f.Severity), severity), t.style.paint(bold, rule.Summary), t.style.paint(dim, "["+f.Rule+"]"))
	for _, line := range wrap(visible(f.Message), t.width-2) {
		fmt.Fprintln(t.w, "  "+line)
	}
	label := "instead"
	for _, line := range wrap(visible(f.Hint), t.width-11) {
		if line != "" {
			fmt.Fprintf(t.w, "  %s  %s\n", t.style.paint(green, fmt.Sprintf("%-7s", label)), line)
		}
		label = ""
	}
	fmt.Fprintf(t.w, "  %s     safemig explain %s\n", t.style.paint(dim, "more"), f.Rule)
}

func auditColor(s audit.Severity) string {
	switch s {
	case audit.Error:
		return red
	case audit.Warning:
		return yellow
	}
	return blue
}

// wrap breaks text at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && cells(line)+1+cells(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// skipped says what of the log was not understood.
func (t *auditText) skipped(r *audit.Report) {
	s := r.Stats
	if s.Skipped > 0 {
		fmt.Fprintf(t.w, "%s not understood", count(s.Skipped, "line"))
		if t.style.Verbose {
			fmt.Fprintln(t.w, ", the first of them:")
			for _, x := range s.Samples {
				fmt.Fprintf(t.w, "  %s:%d  %s\n", visible(x.Path), x.Line, visible(x.Text))
			}
		} else {
			fmt.Fprintln(t.w, " (-v shows some)")
		}
	}
	if s.Cut > 0 {
		fmt.Fprintf(t.w, "%s cut off: what they lack is not judged\n", count(s.Cut, "record"))
	}
}

func (t *auditText) summary(r *audit.Report) string {
	var formats []string
	for f := range r.Stats.Formats {
		formats = append(formats, f)
	}
	slices.Sort(formats)
	n := map[audit.Verdict]int{}
	versions := 0
	for _, v := range r.Versions {
		n[v.Verdict]++
		if v.Version != "" {
			versions++
		}
	}
	var parts []string
	for _, v := range []audit.Verdict{audit.Fail, audit.Warn, audit.Pass} {
		if n[v] > 0 {
			parts = append(parts, t.style.paint(verdictColor(v), fmt.Sprintf("%d %s", n[v], v)))
		}
	}
	head := "no migrations"
	if len(parts) > 0 {
		head = strings.Join(parts, ", ") + " in " + count(versions, "version")
	}
	if len(formats) == 0 {
		formats = []string{"nothing to read"}
	}
	return fmt.Sprintf("%s (%s; %s, %s)", head, and(formats), count(r.Stats.Lines, "line"), count(r.Stats.Statements, "statement"))
}
