package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// writeText writes the report for people.
func writeText(out io.Writer, r *lint.Result, style Style) error {
	t := &text{w: bufio.NewWriter(out), style: style}
	for i := range r.Findings {
		t.finding(&r.Findings[i])
	}
	if style.Verbose {
		t.read(r)
		t.unmodelled(r)
	}
	summary := []string{t.summary(r)}
	if style.Width > 0 {
		summary = wrapped(summary[0], t.width())
	}
	fmt.Fprintln(t.w, strings.Join(summary, "\n"))
	return t.w.Flush()
}

type text struct {
	w     *bufio.Writer
	style Style
	at    places
}

// sourceWidth is the widest that a line of source is shown where nobody says how
// wide the terminal is.
const sourceWidth = 100

func (t *text) finding(f *rules.Finding) {
	s := span(f)
	start := t.at.at(f.File, s.Start)
	t.head(f, start)
	t.source(f, s, start.Line)
	if label, hint := remedy(f); hint != "" {
		for _, line := range strings.Split(hint, "\n") {
			for i, part := range wrapped(visible(line), t.width()-len("  instead  ")) {
				if i > 0 {
					part = "  " + part
				}
				fmt.Fprintf(t.w, "  %s  %s\n", t.style.paint(green, fmt.Sprintf("%-7s", label)), part)
				label = ""
			}
		}
	}
	if _, ok := rules.Page(f.Rule.ID); ok {
		fmt.Fprintf(t.w, "  %s     safemig explain %s\n", t.style.paint(dim, "more"), f.Rule.ID)
	}
	fmt.Fprintln(t.w)
}

// head writes where, how bad and what. A terminal gets it in lines that fit; what
// reads a pipe gets one line.
func (t *text) head(f *rules.Finding, start Place) {
	where := fmt.Sprintf("%s:%d:%d", visible(f.File.Path), start.Line, start.Column)
	lead := where + ": " + f.Severity.String() + ": "
	id := "[" + f.Rule.ID + "]"
	says := []string{visible(f.Message)}
	if t.style.Width > 0 {
		says = wrapped(strings.Repeat("x", cells(lead))+visible(f.Message)+"  "+id, t.width()-len("    "))
		says[0] = strings.TrimPrefix(says[0], strings.Repeat("x", cells(lead)))
		last := len(says) - 1
		says[last] = strings.TrimRight(strings.TrimSuffix(says[last], id), " ")
	}
	fmt.Fprintf(t.w, "%s: %s: ", t.style.paint(bold, where), t.style.paint(severityColor(f.Severity), f.Severity.String()))
	for i, part := range says {
		if i > 0 {
			fmt.Fprint(t.w, "\n    ")
		}
		fmt.Fprint(t.w, t.style.paint(bold, part))
	}
	gap := "  "
	if says[len(says)-1] == "" {
		gap = ""
	}
	fmt.Fprintln(t.w, gap+t.style.paint(dim, id))
}

// width is that of the terminal; where there is none, or one too narrow to read
// SQL on, what most can show.
func (t *text) width() int {
	if t.style.Width > 0 {
		return max(t.style.Width, 40)
	}
	return sourceWidth
}

// wrapped breaks a text at blanks into lines of at most width cells. A longer word
// keeps its length.
func wrapped(text string, width int) []string {
	var out []string
	start, end, n := 0, 0, 0 // of the line: what fits, and its width
	for i, word := 0, ""; i < len(text); i += len(word) {
		word = text[i:]
		if k := strings.IndexByte(strings.TrimLeft(word, " "), ' '); k >= 0 { // with the blanks before it
			word = word[:len(word)-len(strings.TrimLeft(word, " "))+k]
		}
		if n += cells(word); n > width && end > start {
			out = append(out, text[start:end])
			start = i + len(word) - len(strings.TrimLeft(word, " "))
			n = cells(text[start : i+len(word)])
		}
		end = i + len(word)
	}
	return append(out, text[start:])
}

func severityColor(s rules.Severity) string {
	switch s {
	case rules.Error:
		return red
	case rules.Warning:
		return yellow
	}
	return blue
}

// source shows the lines from the statement's first to the one of the caret, at
// most four of them.
func (t *text) source(f *rules.Finding, s migration.Span, line int) {
	if len(f.File.Src) == 0 {
		return
	}
	first := line
	if st := f.Statement; st.Len() > 0 && st.Start <= s.Start {
		first = t.at.at(f.File, st.Start).Line
	}
	width := len(fmt.Sprint(line))
	gutter := func(n int) string {
		number := ""
		if n > 0 {
			number = fmt.Sprint(n)
		}
		return t.style.paint(cyan, fmt.Sprintf("  %*s │ ", width, number))
	}
	room := t.width() - len("   | ") - width - len("--") // an ellipsis on both ends
	skip := line-first > 3                               // the first line, then the two before the caret's
	for n := first; n < line; n++ {
		if skip && n == first+1 {
			fmt.Fprintf(t.w, "%s\n", t.style.paint(cyan, fmt.Sprintf("  %*s ⋮", width, "")))
			n = line - 1
		}
		shown, _, _ := excerpt(t.at.line(f.File, n), 0, 0, room)
		fmt.Fprintln(t.w, strings.TrimRight(gutter(n)+shown, " "))
	}
	t.at.load(f.File)
	begin := t.at.starts[line-1]
	src := t.at.line(f.File, line)
	from := min(s.Start-begin, len(src))
	to := min(s.End-begin, len(src))
	if s == f.Statement {
		to = from + twoWords(src[from:to]) // all of it is meant: a line of carets would say no more
	}
	shown, at, n := excerpt(src, from, to, room)
	fmt.Fprintln(t.w, strings.TrimRight(gutter(line)+shown, " "))
	caret := strings.Repeat(" ", at) + t.style.paint(severityColor(f.Severity), strings.Repeat("^", n))
	says := visible(f.Consequence)
	switch {
	case says == "":
		fmt.Fprintln(t.w, gutter(0)+caret)
	case at+n+1+cells(says) <= room:
		fmt.Fprintln(t.w, gutter(0)+caret+" "+says)
	default:
		fmt.Fprintln(t.w, gutter(0)+caret)
		indent := max(0, min(at, room-cells(says)))
		for _, part := range wrapped(says, room) {
			fmt.Fprintln(t.w, gutter(0)+strings.Repeat(" ", indent)+part)
		}
	}
}

// twoWords is the length of the first two words of a line, CREATE INDEX.
func twoWords(src []byte) int {
	end, words := 0, 0
	for i := 0; i <= len(src); i++ {
		letter := i < len(src) && (src[i]|0x20 >= 'a' && src[i]|0x20 <= 'z' || src[i] == '_')
		switch {
		case letter:
			end = i + 1
		case i < len(src) && src[i] != ' ' && src[i] != '\t':
			return max(end, 1)
		case end == i && i > 0:
			if words++; words == 2 {
				return end
			}
		}
	}
	return max(end, 1)
}

// excerpt gives a line as a terminal shows it, cut around the bytes from..to
// where it is too long, with the column and width of that range. An ellipsis is
// beyond the room.
func excerpt(src []byte, from, to, room int) (shown string, at, width int) {
	const tab = 4
	var b strings.Builder
	var ends []int // bytes of b after each character
	var cols []int // cells after each character
	col, at, end := 0, -1, -1
	for i := 0; i < len(src); {
		if i >= from && at < 0 {
			at = col
		}
		if i >= to && end < 0 {
			end = col
		}
		r, n := utf8.DecodeRune(src[i:])
		i += n
		if r == '\t' {
			n := tab - col%tab
			b.WriteString(strings.Repeat(" ", n))
			col += n
		} else {
			r = visibleRune(r)
			b.WriteRune(r)
			col += runeCells(r)
		}
		ends, cols = append(ends, b.Len()), append(cols, col)
	}
	if at < 0 {
		at = col
	}
	if end < 0 {
		end = col
	}
	shown = b.String()
	if col > room {
		const before = 30 // cells kept before the range
		lo := max(0, min(at-before, col-room))
		hi := lo + room
		i := slices.IndexFunc(cols, func(c int) bool { return c > lo })
		j := slices.IndexFunc(cols, func(c int) bool { return c > hi })
		cut, shift := 0, 0
		if i > 0 {
			cut, shift = ends[i-1], cols[i-1]
		}
		stop := len(shown)
		if j > 0 {
			stop = ends[j-1]
			end = min(end, cols[j-1])
		}
		part := shown[cut:stop]
		if cut > 0 {
			part, shift = "…"+part, shift-1
		}
		if stop < len(shown) {
			part += "…"
		}
		shown, at, end = part, at-shift, end-shift
	}
	return shown, at, max(1, end-at)
}

// visible replaces what a terminal would obey.
func visible(s string) string {
	return strings.Map(visibleRune, s)
}

func visibleRune(r rune) rune {
	if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
		return '·'
	}
	return r
}

// read lists what was read, as files of which tool, and by what that is known.
func (t *text) read(r *lint.Result) {
	for _, h := range r.Histories {
		why := "as --tool or the configuration says"
		switch {
		case h.Why != "" && h.Tool == "plain":
			why = "no tool's marks; by " + h.Why
		case h.Why != "":
			why = "detected by " + h.Why
		case h.File != "":
			why = "nothing in it or beside it is a tool's own"
		}
		fmt.Fprintf(t.w, "read: %s: %s (%s), PostgreSQL %d, %s reported on\n", visible(h.Name()), h.Tool, visible(why), h.PG, count(h.Wanted, "migration"))
	}
	for _, p := range r.PassedOver {
		fmt.Fprintf(t.w, "passed over: %s: %s\n", visible(p.Dir), visible(p.Why))
	}
	fmt.Fprintln(t.w)
}

// unmodelled lists what safemig does not know, by kind.
func (t *text) unmodelled(r *lint.Result) {
	var kinds []string
	first := map[string]lint.Unmodelled{}
	n := map[string]int{}
	for _, u := range r.Unmodelled {
		if n[u.What] == 0 {
			kinds, first[u.What] = append(kinds, u.What), u
		}
		n[u.What]++
	}
	slices.SortStableFunc(kinds, func(a, b string) int { return n[b] - n[a] })
	for _, k := range kinds {
		u := first[k]
		what := k
		if what == "" {
			what = "statement"
		}
		fmt.Fprintf(t.w, "not modelled: %s, %d×, first at %s:%d: %s\n", what, n[k], visible(u.File.Path),
			t.at.at(u.File, u.Span.Start).Line, shorten(visible(oneLine(u.File, u.Span)), 60))
	}
	if len(kinds) > 0 {
		fmt.Fprintln(t.w)
	}
}

// summary is the last line: what was found, or looked at.
func (t *text) summary(r *lint.Result) string {
	tail := "(" + where(r) + ")"
	if n := r.Stats.Unknown; n > 0 {
		tail += fmt.Sprintf("; %s could not be modelled", count(n, "statement"))
		if !t.style.Verbose {
			tail += " (-v says which)"
		}
	}
	if n := r.Stats.Suppressed; n > 0 {
		tail += fmt.Sprintf("; %d suppressed", n)
	}
	if n := r.Baselined; n > 0 {
		tail += fmt.Sprintf("; %d in the baseline", n)
	}
	s := r.Stats
	if len(r.Findings) == 0 {
		return fmt.Sprintf("%s in %s, %s, %s %s", t.style.paint(green, "no findings"),
			count(s.Files, "file"), count(s.Migrations, "migration"), count(s.Statements, "statement"), tail)
	}
	return fmt.Sprintf("%s in %s of %s %s", t.counts(r), thousands(affected(r)), count(s.Migrations, "migration"), tail)
}

// counts is "2 errors, 1 warning".
func (t *text) counts(r *lint.Result) string {
	n := map[rules.Severity]int{}
	for i := range r.Findings {
		n[r.Findings[i].Severity]++
	}
	var parts []string
	for _, s := range []rules.Severity{rules.Error, rules.Warning} {
		if n[s] > 0 {
			parts = append(parts, t.style.paint(severityColor(s), count(n[s], s.String())))
		}
	}
	if k := n[rules.Info]; k > 0 {
		parts = append(parts, t.style.paint(blue, fmt.Sprintf("%d info", k)))
	}
	return strings.Join(parts, ", ")
}

// affected counts the migrations that have findings.
func affected(r *lint.Result) int {
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		dir := f.File.Path[:strings.LastIndexByte(f.File.Path, '/')+1]
		key := f.File.Path
		if f.Migration != "" { // an up and a down file are one migration
			key = dir + "\x00" + f.Migration
		}
		seen[key] = true
	}
	return len(seen)
}

// where says what was looked at: the tool, the directory, the server.
func where(r *lint.Result) string {
	var tools []string
	var read []*lint.History
	pg := ""
	for _, h := range r.Histories {
		if h.Wanted == 0 {
			continue
		}
		read = append(read, h)
		if !slices.Contains(tools, h.Tool) {
			tools = append(tools, h.Tool)
		}
		if h.PG != r.PG {
			pg = ", in some directories later"
		}
	}
	slices.Sort(tools)
	place := ""
	switch {
	case len(read) == 1:
		place = fmt.Sprintf("%s, %s; ", read[0].Tool, read[0].Name())
	case len(read) > 1:
		place = fmt.Sprintf("%s in %s; ", and(tools), spread(read))
	}
	return fmt.Sprintf("%sPostgreSQL %d and later%s", place, r.PG, pg)
}

// and joins words as people do.
func and(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// spread is "4 directories and 1 file alone".
func spread(hs []*lint.History) string {
	dirs, files := 0, 0
	for _, h := range hs {
		if h.File != "" {
			files++
		} else {
			dirs++
		}
	}
	var parts []string
	if dirs == 1 {
		parts = append(parts, "1 directory")
	} else if dirs > 1 {
		parts = append(parts, fmt.Sprintf("%d directories", dirs))
	}
	if files > 0 {
		parts = append(parts, count(files, "file")+" alone")
	}
	return and(parts)
}
