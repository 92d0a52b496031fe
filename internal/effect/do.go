package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/pgsql"
)

// do models DO: every statement that its body may run, as if it were run once.
// What is not SQL text until the server runs it is an effect Do on "opaque".
func (o *of) do(*pg_query.DoStmt) {
	before := len(o.out)
	stmts, opaque := o.s.Embedded()
	o.c.Loose = true
	for i := range stmts {
		o.embedded(stmts[i])
	}
	for _, span := range opaque {
		o.add(Effect{Op: Do, Object: "opaque", Span: span})
	}
	if len(o.out) == before {
		o.other(Do, "", nil)
	}
}

// embedded models one statement of a body. It always is in a transaction, and
// the commands that PreventInTransactionBlock names are refused there wherever
// the DO stands.
func (o *of) embedded(s pgsql.Statement) {
	if !s.Tx.Block() {
		s.Tx.Kind = pgsql.TxExplicit // that of the DO
	}
	in := &of{s: &s, c: o.c, pg: o.pg, body: true}
	if s.Node == nil {
		in.unparsed()
	} else {
		in.statement(s.Node)
	}
	for _, e := range in.out {
		applied := e.applied
		switch e.Op {
		case NoTransaction:
			e = Effect{Op: Do, Object: e.Object, Span: e.Span, Detail: Detail{SQLState: "25001",
				Fails: e.Object + " cannot be executed from a function"}}
		case Commit, Rollback, Begin, Savepoint:
			e = o.ends(e)
		}
		e.In, e.applied = &s, applied
		o.out = append(o.out, e)
	}
}

// ends models a transaction command of a body: COMMIT and ROLLBACK work where
// the DO is in no transaction block, nothing else does (SPI_commit, spi.c;
// exec_stmt_commit, pl_exec.c).
func (o *of) ends(e Effect) Effect {
	out := Effect{Op: Do, Object: e.Op.String(), Span: e.Span, Change: e.Change}
	switch {
	case e.Op != Commit && e.Op != Rollback || e.Object != "":
		out.Detail.Fails, out.Detail.SQLState = "unsupported transaction command in PL/pgSQL", "0A000"
	default: // 2D000 in a block, not 25001, but the same to the author
		o.add(Effect{Op: NoTransaction, Object: "DO with " + strings.ToUpper(e.Op.String()), Span: e.Span, Detail: Detail{SQLState: "2D000"}})
	}
	return out
}
