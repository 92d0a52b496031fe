package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// advisory models the functions that take and release advisory locks, which no
// relation knows of. It tells whether the function is one of them.
// https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
func (o *of) advisory(name string, f *pg_query.FuncCall) bool {
	e := Effect{Op: AdvisoryLock, Object: name, Span: o.span()}
	switch name {
	case "pg_advisory_lock", "pg_advisory_lock_shared":
	case "pg_try_advisory_lock", "pg_try_advisory_lock_shared":
		e.Detail.NoWait = true
	case "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared":
		e.Detail.Local = true
	case "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared":
		e.Detail.Local, e.Detail.NoWait = true, true
	case "pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all":
		e.Op = AdvisoryUnlock
	default:
		return false
	}
	var keys []string
	for _, a := range f.GetArgs() {
		keys = append(keys, o.exprText(a))
	}
	e.Detail.Name = strings.Join(keys, ", ")
	e.Detail.Unknown = catalog.Of(!o.targetOf(f))
	o.add(e)
	return true
}

// targetOf tells whether a call is a column of the statement's result, so that
// nothing in the statement looks at what it gives.
func (o *of) targetOf(f *pg_query.FuncCall) bool {
	for _, t := range o.s.Node.GetSelectStmt().GetTargetList() {
		if t.GetResTarget().GetVal().GetFuncCall() == f {
			return true
		}
	}
	return false
}
