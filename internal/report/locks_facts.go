package report

import (
	"fmt"
	"slices"
	"strings"
)

// summarise fills in what stands on top of the page.
func (p *locksPage) summarise(l *Locks, ms []*lockMigration) {
	const shown = 15
	p.Title = count(len(ms), "migration")
	if len(ms) == 1 {
		p.Title = visible(ms[0].title())
	}
	p.Windows = longestWindows(ms, p.OnlyDown)
	for _, w := range p.Windows {
		w.Title = visible(w.Title)
	}
	all := blockedRelations(ms, p.OnlyDown)
	for _, b := range all {
		b.Where = visible(b.Where)
	}
	p.Relations = all[:min(shown, len(all))]
	p.MoreRelations = all[len(p.Relations):]
	p.facts(l, ms, all)
}

// facts are the numbers of the page's head.
func (p *locksPage) facts(l *Locks, ms []*lockMigration, all []*blocked) {
	var tools []string
	txs, working, unknown, refused := 0, 0, 0, 0
	for i := range l.Statements {
		s := &l.Statements[i]
		if !slices.Contains(tools, s.tool) {
			tools = append(tools, s.tool)
		}
		if i == 0 || s.Tx != l.Statements[i-1].Tx {
			txs++
		}
		if s.fails != "" {
			refused++
		} else if s.Unknown {
			unknown++
		}
	}
	for _, m := range ms {
		for _, t := range m.sections(p.OnlyDown) {
			for _, w := range t.windows {
				if t.works(w) != 0 {
					working++
				}
			}
		}
	}
	reads := 0
	for _, b := range all {
		if b.waits == waitReads {
			reads++
		}
	}
	p.About = fmt.Sprintf("PostgreSQL %d and later", l.PG)
	if p.Empty {
		return
	}
	p.About = fmt.Sprintf("%s in %s · %s · %s", count(len(l.Statements), "statement"), count(txs, "transaction"), strings.Join(tools, ", "), p.About)
	if unknown > 0 {
		p.Doubts = count(unknown, "statement") + " not modelled"
	}
	p.fact(reads, "%s where reads and writes wait", "relation", "w4")
	p.fact(len(all)-reads, "%s where writes wait", "relation", "w3")
	p.fact(working, "%s with a scan, a rewrite or a build in it", "window", "w4")
	if refused > 0 {
		p.fact(refused, "%s that the server refuses", "statement", "w4")
	}
	if unknown > 0 {
		p.fact(unknown, "%s not modelled", "statement", "w3")
	}
}

func (p *locksPage) fact(n int, says, noun, class string) {
	words := strings.Fields(count(n, noun))
	if n == 0 {
		class = ""
	}
	p.Facts = append(p.Facts, pageFact{words[0], fmt.Sprintf(says, words[1]), class})
}
