package report

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// svg is a drawing under way. What it holds is well-formed: text goes through
// escape, all else is the report's own.
type svg struct{ strings.Builder }

// escape makes any text fit for an element or an attribute, in XML and in HTML.
// What a screen would obey, such as a change of direction, is replaced.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(xmlText(visible(text)))) // a Builder takes everything
	return b.String()
}

// escapeLines is escape with the ends of lines kept.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = escape(strings.ReplaceAll(strings.TrimSuffix(lines[i], "\r"), "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// put writes elements. Text among the arguments must be escaped.
func (s *svg) put(format string, args ...any) {
	fmt.Fprintf(s, format, args...)
	s.WriteByte('\n')
}

// text writes a line of text; y is its baseline.
func (s *svg) text(class string, x, y int, text string) {
	s.put(`<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, escape(text))
}

// rect writes a rectangle with a tooltip.
func (s *svg) rect(class string, x, y, w, h int, tip string) {
	if tip == "" {
		s.put(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, x, y, w, h)
		return
	}
	s.put(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"><title>%s</title></rect>`, class, x, y, w, h, escapeLines(tip))
}

// line writes a straight line.
func (s *svg) line(class string, x1, y1, x2, y2 int) {
	s.put(`<path class="%s" d="M%d %dL%d %d"/>`, class, x1, y1, x2, y2)
}

// The widths of characters, in pixels, with a margin for fonts that run wide.
const (
	nameWidth  = 7.3 // monospaced, 12 px
	smallWidth = 6.7 // monospaced, 11 px
	labelWidth = 6.4 // proportional, 11 px
)

// textWidth is the most that text takes.
func textWidth(text string, char float64) int { return int(float64(cells(text))*char + 0.5) }

// fit cuts text to a width in pixels.
func fit(text string, width int, char float64) string {
	return shorten(text, max(1, int(float64(width)/char)))
}

// hatches are the patterns of work: light for dark bars, dark for light ones, and
// for the hollow ones of new relations.
func (s *svg) hatches() {
	s.WriteString("<defs>\n")
	for _, tone := range []string{"l", "d", "n"} {
		for _, h := range [][2]string{
			{"scan", "M-2 2L2 -2M0 8L8 0M6 10L10 6"},
			{"rewrite", "M-2 2L2 -2M0 8L8 0M6 10L10 6M-2 6L2 10M0 0L8 8M6 -2L10 2"},
			{"build", "M2 0V8M6 0V8"},
			{"copy", "M0 2H8M0 6H8"},
		} {
			s.put(`<pattern id="h-%s-%s" width="8" height="8" patternUnits="userSpaceOnUse"><path class="h%s" d="%s"/></pattern>`, h[0], tone, tone, h[1])
		}
	}
	s.put(`<pattern id="h-unknown" width="6" height="6" patternUnits="userSpaceOnUse"><path class="hu" d="M0 0L6 6"/></pattern>`)
	s.WriteString("</defs>\n")
}
