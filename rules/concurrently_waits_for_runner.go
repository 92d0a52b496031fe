package rules

import (
	"fmt"

	"github.com/safemig/safemig/internal/effect"
)

// ConcurrentlyWaitsForRunner reports an index that is built CONCURRENTLY while the
// migration tool has a snapshot open on another connection: the build waits for the
// tool, which waits for the build.
var ConcurrentlyWaitsForRunner = register(Rule{
	ID:       "concurrently-waits-for-runner",
	Summary:  "CONCURRENTLY waits for a snapshot that the migration tool itself keeps: both hang",
	Category: Failure,
	Severity: Warning,
	Since:    "0.1.0",
	Once:     true,
	Ops:      []effect.Op{effect.CreateIndex, effect.Reindex},
	Check: func(p *Pass) {
		e, waits := effect.AwaitsSnapshots(p.Effects)
		if !waits || p.Section.Run.Snapshot == "" || p.fails() != nil || p.Stmt.Tx.Block() {
			return
		}
		what, _ := effect.Forbidden(p.Effects)
		f := Finding{Span: e.Span, Hint: p.Section.Run.Snapshot}
		if e.Kind != "" {
			f.Relation = e.Target.String()
			what += " on " + f.Relation
		}
		f.Message = fmt.Sprintf("%s waits for the snapshot that %s keeps on another connection while the script runs", what, p.Tool)
		f.Consequence = "the migration hangs, as no server sees that each waits for the other, until somebody cancels it; an invalid index is left"
		p.Report(f)
	},
})
