package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// SessionSettingLeaks reports a setting that changes what later statements mean,
// made for the session and not taken back: migrations that follow on the same
// connection, and the tool's own record, get it too.
var SessionSettingLeaks = register(Rule{
	ID:       "session-setting-leaks",
	Summary:  "SET of search_path or a role outlives the migration",
	Category: Hygiene,
	Severity: Warning,
	Since:    "0.1.0",
	Ops:      []effect.Op{effect.SetSetting},
	Section: func(p *SectionPass) {
		left := map[string]int{} // the statement that set it last
		for i, effects := range p.Effects {
			for _, e := range effects {
				switch {
				case e.Op == effect.ResetSetting && e.Detail.Name == "":
					clear(left)
				case e.Op == effect.ResetSetting:
					delete(left, e.Detail.Name)
				case e.Op == effect.SetSetting && leaks[e.Detail.Name] != "" && !e.Detail.Local && !p.undone(i):
					if left[e.Detail.Name] = i; e.Detail.Value == "none" || e.Detail.Name == "session_replication_role" && e.Detail.Value == "origin" {
						delete(left, e.Detail.Name)
					}
				}
			}
		}
		for i, effects := range p.Effects {
			for _, e := range effects {
				if at, ok := left[e.Detail.Name]; e.Op != effect.SetSetting || !ok || at != i || e.Detail.Local {
					continue
				}
				f := p.on(i, e)
				f.Message = fmt.Sprintf("SET %s outlives the migration: %s", e.Detail.Name, leaks[e.Detail.Name])
				f.Hint = fmt.Sprintf("RESET %s;\nas the last statement", e.Detail.Name)
				if p.Stmts[i].Tx.Block() {
					f.Hint = "write SET LOCAL, which ends with the transaction"
				}
				p.Report(f)
			}
		}
	},
})

var leaks = map[string]string{
	"search_path":              "later migrations look for tables there, and the tool for its version table",
	"role":                     "later migrations run with its privileges, and own what they create as that role",
	"session_authorization":    "later migrations run with its privileges, and own what they create as that role",
	"session_replication_role": "triggers and foreign keys do not fire in later migrations either",
	"row_security":             "later migrations are refused or given other rows",
}
