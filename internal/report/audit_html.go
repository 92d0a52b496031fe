package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/audit"
)

var (
	//go:embed page/audit.html.tmpl
	auditTemplate string
	//go:embed page/audit_page.css
	auditPageCSS string

	auditPage = template.Must(template.New("audit").Parse(auditTemplate))
)

// auditHTML is what the template shows. All text in it is visible.
type auditHTML struct {
	Title, About, Verdict string
	CSS                   template.CSS
	Facts                 []pageFact
	Versions              []auditSection
}

type auditSection struct {
	Title, About, Verdict, Says string
	Calm                        bool
	Chart                       template.HTML
	Findings                    []auditRow
}

type auditRow struct{ Severity, Certainty, Summary, Where, Rule, Message, Hint string }

// writeAuditHTML writes one page that needs nothing else.
func writeAuditHTML(w io.Writer, r *audit.Report, _ Style) error {
	p := auditHTML{CSS: template.CSS(pageCSS + chartCSS + auditCSS + auditPageCSS), Title: visible(logNames(r)), About: auditAbout(r), Verdict: string(r.Verdict)}
	n := map[audit.Verdict]int{}
	for _, v := range r.Versions {
		n[v.Verdict]++
		p.Versions = append(p.Versions, newAuditSection(v))
	}
	for _, k := range []audit.Verdict{audit.Fail, audit.Warn, audit.Pass} {
		class := string(k)
		if n[k] == 0 {
			class = ""
		}
		p.Facts = append(p.Facts, pageFact{Value: fmt.Sprint(n[k]), Says: auditFacts[k], Class: class})
	}
	p.Facts = append(p.Facts, pageFact{Value: thousands(r.Stats.Statements), Says: "statements read"},
		pageFact{Value: thousands(r.Stats.Skipped), Says: "lines not understood"})
	if err := auditPage.Execute(w, &p); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

var auditFacts = map[audit.Verdict]string{audit.Fail: "could have run twice, hung, or broke", audit.Warn: "depend on what the log does not show", audit.Pass: "were protected"}

// logNames is what was read, in a title.
func logNames(r *audit.Report) string {
	var names []string
	for _, v := range r.Versions {
		for _, m := range v.Moments {
			if !slices.Contains(names, m.At.Path) {
				names = append(names, m.At.Path)
			}
		}
	}
	if len(names) == 0 || len(names) > 3 {
		return count(max(1, len(names)), "log")
	}
	return and(names)
}

func auditAbout(r *audit.Report) string {
	var formats []string
	for f := range r.Stats.Formats {
		formats = append(formats, f)
	}
	slices.Sort(formats)
	return fmt.Sprintf("%s · %s · %s", and(formats), count(r.Stats.Lines, "line"), count(r.Stats.Statements, "statement"))
}

func newAuditSection(v *audit.Version) auditSection {
	out := auditSection{Title: versionTitle(v), Verdict: string(v.Verdict), Calm: v.Verdict == audit.Pass}
	if v.DB != "" && v.DB[0] != 0 {
		out.About = visible("database " + v.DB)
	}
	out.Says = count(len(v.Moments), "line") + " of the log"
	if len(v.Moments) > 0 {
		c := newAuditChart(v)
		c.draw()
		out.Chart = framed(&c.svg, c.width, c.height, out.Title)
	}
	for _, f := range v.Findings {
		rule, _ := audit.FindRule(f.Rule)
		row := auditRow{Severity: string(f.Severity), Summary: rule.Summary, Where: visible(fmt.Sprintf("%s:%d", f.At.Path, f.At.Line)), Rule: f.Rule,
			Message: visible(f.Message), Hint: visible(f.Hint)}
		if f.Certainty != audit.Certain {
			row.Certainty = string(f.Certainty)
		}
		out.Findings = append(out.Findings, row)
	}
	return out
}

// writeAuditSVG writes one drawing: the versions that do not pass one below the
// other, the others where all pass.
func writeAuditSVG(w io.Writer, r *audit.Report, _ Style) error {
	var body svg
	width, y := 720, 34
	body.text("head", 20, y, "Audit of "+logNames(r)+": "+string(r.Verdict))
	y += 20
	body.text("dim", 20, y, auditAbout(r)+"; time runs to the right, not to scale")
	y += 14
	hidden := 0
	for _, v := range r.Versions {
		if v.Verdict == audit.Pass && r.Verdict != audit.Pass || len(v.Moments) == 0 {
			hidden++
			continue
		}
		y += 26
		body.text("strong", 20, y, versionTitle(v)+": "+string(v.Verdict))
		c := newAuditChart(v)
		c.draw()
		body.put(`<g transform="translate(20 %d)">`, y+8)
		body.WriteString(c.String())
		body.put("</g>")
		y += c.height + 8
		width = max(width, c.width+40)
		for _, f := range v.Findings {
			y += 17
			rule, _ := audit.FindRule(f.Rule)
			class := "odd"
			if f.Severity == audit.Error {
				class = "bad"
			} else if f.Severity == audit.Info {
				class = "dim"
			}
			body.text(class, 32, y, strings.TrimSpace(fmt.Sprintf("%s  line %d: %s [%s]", f.Severity, f.At.Line, rule.Summary, f.Rule)))
		}
		y += 10
	}
	if hidden > 0 {
		y += 24
		body.text("dim", 20, y, count(hidden, "version")+" that pass are not drawn")
	}
	y += 20
	_, err := fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="Audit">
<style>
%s</style>
<rect class="paper" width="%d" height="%d"/>
%s</svg>
`, width, y, width, y, chartCSS+auditCSS, width, y, body.String())
	if err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}
