package audit

import (
	"slices"
	"strings"
)

// unify makes one entry of what an application's log and the server's say of the same
// version, and reports versions that two applications have recorded.
func (a *Auditor) unify() {
	for i := 0; i < len(a.versions); i++ {
		v := a.versions[i]
		for k := i + 1; k < len(a.versions); k++ {
			w := a.versions[k]
			if w.Version != v.Version || w.client == nil || v.client == nil || w.client == v.client || bare(v.Table) != bare(w.Table) && v.Table != "" && w.Table != "" {
				continue
			}
			switch {
			case !v.client.server && !w.client.server && v.Recorded && w.Recorded && !v.Down && !w.Down:
				v.add(Finding{Rule: "same-version-twice", Severity: Error, Certainty: Certain, At: w.rec.at,
					Message: "version " + v.Version + " is recorded by two nodes: " + place(v.rec.at) + " and " + place(w.rec.at), Hint: a.holdIt(v)})
			case v.client.server == w.client.server:
				continue
			}
			for _, f := range w.Findings {
				_, f.key, _ = strings.Cut(f.key, "\x00")
				f.key = ""
				v.merge(f)
			}
			v.Recorded = v.Recorded || w.Recorded
			v.Title, v.Table = spokenTool(v.Title, w.Title), spokenTool(v.Table, w.Table)
			v.Moments = append(v.Moments, w.Moments...)
			v.intervals = append(v.intervals, w.intervals...)
			a.versions = slices.Delete(a.versions, k, k+1)
			k--
		}
	}
}

// merge adds what another log says: of a rule that both report, the more certain.
func (v *Version) merge(f Finding) {
	for i := range v.Findings {
		if have := &v.Findings[i]; have.Rule == f.Rule {
			if f.Certainty == Certain && have.Certainty != Certain {
				*have = f
			}
			return
		}
	}
	v.Findings = append(v.Findings, f)
}

func bare(table string) string { return table[strings.LastIndexByte(table, '.')+1:] }

func place(p Point) string { return p.Path + ":" + itoa(p.Line) }
