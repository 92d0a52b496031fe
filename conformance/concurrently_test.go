package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// What becomes of a migration.
const (
	runs          = "runs"
	serverRefuses = "the server refuses it" // 25001: not in a transaction block, a pipeline, a message of several statements
	toolRefuses   = "the tool refuses it"
)

// TestConcurrently holds concurrently-in-transaction, concurrently-with-others and
// migration-refused against what happens: each tool is given statements that cannot
// run in a transaction, alone and beside others, with and without what turns its
// transaction off. safemig is given the project and no flag.
func TestConcurrently(t *testing.T) {
	texts := []string{
		"CREATE INDEX CONCURRENTLY t_a ON t (a);\n",
		"CREATE INDEX CONCURRENTLY t_a ON t (a);\nSELECT 1;\n",
		"SELECT 1;\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n",
		"REINDEX TABLE CONCURRENTLY t;\n",
		"VACUUM t;\n",
	}
	each(t, func(t *testing.T, tool *tool) {
		if tool.migration == nil {
			t.Skip("what another program wrote has no transaction of a tool's")
		}
		for _, optOut := range []bool{false, true} {
			if optOut && !tool.canOptOut {
				continue
			}
			for _, sql := range texts {
				first, _, _ := strings.Cut(sql, " t")
				t.Run(fmt.Sprintf("%s %d statements optout %v", strings.ReplaceAll(first, "\n", " "), strings.Count(sql, ";"), optOut), func(t *testing.T) {
					t.Parallel()
					root := tool.lay(t, tool.migration(1, false, "CREATE TABLE t (a int);\n"), tool.migration(2, optOut, sql))
					dsn := database(t)
					err := tool.up(t, root, dsn)
					got := runs
					if err != nil {
						got = toolRefuses
					}
					for _, m := range logged(t, dsn) {
						if m.state == "25001" {
							got = serverRefuses
						}
					}
					want, found := foretold(t, tool, root)
					if got != want {
						t.Errorf("%s; safemig says: %s %v\n%v", got, want, found, err)
					}
				})
			}
		}
	})
}

// foretold gives what safemig says of a project, without any flag.
func foretold(t *testing.T, tool *tool, root string) (outcome string, found []string) {
	t.Helper()
	r, err := lint.Run(context.Background(), lint.Options{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Histories) != 1 || r.Histories[0].Tool != tool.name {
		t.Fatalf("read as %+v", r.Histories[0])
	}
	for _, f := range r.Findings {
		if f.Direction != "down" {
			found = append(found, f.Rule.ID)
		}
	}
	has := func(rule rules.Rule) bool { return slices.Contains(found, rule.ID) }
	switch {
	case has(*rules.MigrationRefused):
		return toolRefuses, found
	case has(*rules.ConcurrentlyInTransaction), has(*rules.ConcurrentlyWithOthers):
		return serverRefuses, found
	}
	return runs, found
}
