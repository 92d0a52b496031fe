package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

var (
	//go:embed page/locks.html.tmpl
	pageTemplate string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string

	page = template.Must(template.New("locks").Parse(pageTemplate))
)

// locksPage is what the template shows. All text in it is visible.
type locksPage struct {
	Title, About, Doubts  string
	CSS                   template.CSS
	JS                    template.JS
	Hatches, Legend       template.HTML
	Facts                 []pageFact
	Relations             []*blocked
	MoreRelations         []*blocked
	Windows               []*longest
	Migrations            []pageMigration
	OnlyDown, Empty, Many bool
}

type pageFact struct {
	Value       string
	Says, Class string
}

type pageMigration struct {
	ID                     int
	Title, About, DownSays string
	Waits                  int
	Calm, OpenDown         bool
	Up, Down               []pageTimeline
}

type pageTimeline struct {
	ID               int
	Caption          string
	Folded, FoldList bool
	Chart            template.HTML
	Statements       []pageStatement
}

type pageStatement struct {
	ID, Text, Full, Note string
	Line                 int
	Odd                  bool
	Effects              []pageEffect
}

type pageEffect struct{ Relation, Kind, Lock, Waits, Class, Work, Until string }

// locksHTML writes one page that needs nothing else.
func locksHTML(w io.Writer, l *Locks, _ Style) error {
	ms := l.migrations()
	p := locksPage{CSS: template.CSS(pageCSS + chartCSS), JS: template.JS(pageJS), Empty: len(ms) == 0, Many: len(ms) > 1, OnlyDown: !anyUp(ms)}
	p.summarise(l, ms)
	var hatches, key svg
	hatches.hatches()
	width, height := legend(&key)
	p.Hatches, p.Legend = template.HTML(hatches.String()), framed(&key, width, height, "Key to the charts")
	for i, m := range ms {
		p.Migrations = append(p.Migrations, p.migration(i+1, m))
	}
	if err := page.Execute(w, &p); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

// framed makes a drawing an element of a page. It shrinks with the window as long
// as its text can be read; then its box scrolls.
func framed(s *svg, width, height int, label string) template.HTML {
	return template.HTML(fmt.Sprintf("<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" style=\"min-width:%dpx\" role=\"img\" aria-label=\"%s\">\n%s</svg>",
		width, height, width, height, width*7/10, escape(label), s.String()))
}

func (p *locksPage) migration(id int, m *lockMigration) pageMigration {
	first := m.first
	out := pageMigration{ID: id, Title: visible(m.title()), OpenDown: p.OnlyDown, Calm: true}
	about := []string{first.tool, plural(m.up, "up"), plural(m.down, "down")}
	if m.title() != first.Path {
		about = slices.Insert(about, 0, first.Path)
	}
	out.About = visible(strings.Join(slices.DeleteFunc(about, func(s string) bool { return s == "" }), " · "))
	gutter := gutterWidth(slices.Concat(m.up, m.down))
	for _, t := range m.up {
		out.Up = append(out.Up, newPageTimeline(t, gutter, m))
	}
	for _, t := range m.down {
		out.Down = append(out.Down, newPageTimeline(t, gutter, m))
	}
	for _, t := range m.sections(p.OnlyDown) {
		out.Waits = max(out.Waits, int(t.waits()))
		out.Calm = out.Calm && t.quiet()
	}
	out.DownSays = plural(m.down, "down") + ", " + mostWaits(m.down).title()
	return out
}

// plural counts the statements of a direction.
func plural(ts []*timeline, direction string) string {
	n := 0
	for _, t := range ts {
		n += len(t.stmts)
	}
	if n == 0 {
		return ""
	}
	return direction + " " + count(n, "statement")
}

// mostWaits is the most that waits for any of the timelines.
func mostWaits(ts []*timeline) waiting {
	w := waitNobody
	for _, t := range ts {
		w = max(w, t.waits())
	}
	return w
}

func newPageTimeline(t *timeline, gutter int, m *lockMigration) pageTimeline {
	first := &t.stmts[0]
	c := newChart(t, gutter)
	c.links = true
	height := c.draw()
	caption := []string{first.Direction, t.lines(0, len(t.stmts)), count(len(t.stmts), "statement"), t.how(), t.waits().title()}
	if len(t.stmts) == 1 {
		caption = slices.Delete(caption, 2, 3)
	}
	if first.Path != m.first.Path {
		caption = slices.Insert(caption, 0, visible(first.Path))
	}
	out := pageTimeline{ID: t.id, Caption: strings.Join(caption, " · "), Folded: t.quiet()}
	out.Chart = framed(c.svg, c.width, height, out.Caption)
	effects := 0
	for i := range t.stmts {
		s := newPageStatement(t, i)
		effects += len(s.Effects)
		out.Statements = append(out.Statements, s)
	}
	out.FoldList = len(t.stmts) > 12 || effects > 40
	return out
}

func newPageStatement(t *timeline, i int) pageStatement {
	s := &t.stmts[i]
	out := pageStatement{ID: fmt.Sprintf("t%d-%d", t.id, i), Line: s.Line, Text: visible(shorten(s.text, 150)), Note: s.note(), Odd: s.fails == ""}
	if t.fails >= 0 && i > t.fails {
		out.Note = "not reached: the transaction has failed"
	}
	if strings.Contains(strings.TrimSpace(s.full), "\n") || cells(s.text) > 150 {
		out.Full = visibleLines(strings.ReplaceAll(strings.ReplaceAll(s.full, "\r\n", "\n"), "\t", "    "))
	}
	for k := range s.Effects {
		e := &s.Effects[k]
		w := e.waiting()
		row := pageEffect{Relation: visible(e.Relation), Kind: e.Kind, Lock: e.Lock, Waits: w.short(), Class: w.class(),
			Work: strings.Join(workNames(e.work), ", "), Until: t.heldUntil(i, e)}
		switch {
		case t.ghost(i):
			row.Class = waitNobody.class()
		case e.New:
			row.Waits = "nobody: new"
		case e.Lock == "":
			row.Waits, row.Until = "", ""
		}
		if e.Kind == "table" {
			row.Kind = ""
		}
		out.Effects = append(out.Effects, row)
	}
	return out
}
