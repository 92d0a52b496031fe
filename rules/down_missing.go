package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// DownMissing reports a migration without a way back, in a history where others
// have one. It is off by default: many projects only go forward.
var DownMissing = register(Rule{
	ID:       "down-missing",
	Summary:  "a migration has no down part, as others of the history have",
	Category: Hygiene,
	Severity: Off,
	Since:    "0.1.0",
	History: func(p *HistoryPass) {
		some := false
		for _, m := range p.Migrations {
			some = some || hasStatements(m.Down)
		}
		for _, m := range p.Migrations {
			if !some || hasStatements(m.Down) || !hasStatements(m.Up) || m.Version == "" {
				continue
			}
			p.Report(Finding{File: m.File, Migration: m.Version, Severity: Info,
				Message:     fmt.Sprintf("migration %s has no down part", m.Version),
				Consequence: "the tool's way back stops here, or passes over it and leaves what it did",
				Hint:        "write what takes it back, or say in the file why there is no way"})
		}
	},
})

// hasStatements tells whether there is any text but comments in sections.
func hasStatements(sections []migration.Section) bool {
	for i := range sections {
		if len(pgsql.Parse(&sections[i])) > 0 {
			return true
		}
	}
	return false
}
