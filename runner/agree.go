package runner

import (
	"fmt"
	"strings"
)

// agree holds what safemig's own ledger has as applied against another tool's table. What is
// in the first and not in the second was applied without --history, or taken back by the
// tool: nobody but a person can tell, and running it again may be wrong.
func (r *run) agree(x *recorded) error {
	h := r.o.History
	if h == nil {
		return nil
	}
	var missing []string
	for _, e := range x.entries {
		if !x.applied(e.Version) && e.State != Reverted {
			missing = append(missing, e.Version)
		}
	}
	if missing == nil {
		return nil
	}
	return &StateError{Problems: []string{fmt.Sprintf(
		"safemig.migration has %s as applied, %s's table does not: if safemig ran without --history meanwhile, leave it out; if %[2]s took it back, say UPDATE safemig.migration SET state = 'reverted' WHERE version IN ('%s')",
		strings.Join(missing, ", "), h.Name(), strings.Join(missing, "', '"))}}
}
