package pgsql

import (
	"sort"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

// TxOp says what a statement does to the transaction it is in.
type TxOp int

// What statements do to transactions.
const (
	TxOpNone             TxOp = iota // nothing
	TxOpBegin                        // BEGIN, START TRANSACTION
	TxOpCommit                       // COMMIT, END
	TxOpRollback                     // ROLLBACK, ABORT
	TxOpSavepoint                    // SAVEPOINT name
	TxOpRelease                      // RELEASE name
	TxOpRollbackTo                   // ROLLBACK TO name
	TxOpPrepare                      // PREPARE TRANSACTION
	TxOpCommitPrepared               // COMMIT PREPARED: another transaction ends, not this one
	TxOpRollbackPrepared             // ROLLBACK PREPARED: likewise
)

// TxControl is what a transaction statement says.
type TxControl struct {
	Op    TxOp
	Name  string // of the savepoint, or of the prepared transaction
	Chain bool   // AND CHAIN: the next transaction begins at once
}

// Ends tells whether the transaction is over after the statement.
func (c TxControl) Ends() bool {
	return c.Op == TxOpCommit || c.Op == TxOpRollback || c.Op == TxOpPrepare
}

// TxControl gives what the statement does to its transaction; the zero value for
// all that are no transaction statements.
func (s *Statement) TxControl() TxControl {
	t := s.Node.GetTransactionStmt()
	if t == nil {
		return TxControl{}
	}
	c := TxControl{Chain: t.Chain, Name: t.SavepointName}
	switch t.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN, pg_query.TransactionStmtKind_TRANS_STMT_START:
		c.Op = TxOpBegin
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT:
		c.Op = TxOpCommit
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		c.Op = TxOpRollback
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		c.Op = TxOpSavepoint
	case pg_query.TransactionStmtKind_TRANS_STMT_RELEASE:
		c.Op = TxOpRelease
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		c.Op = TxOpRollbackTo
	case pg_query.TransactionStmtKind_TRANS_STMT_PREPARE:
		c.Op, c.Name = TxOpPrepare, t.Gid
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:
		c.Op, c.Name = TxOpCommitPrepared, t.Gid
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED:
		c.Op, c.Name = TxOpRollbackPrepared, t.Gid
	}
	return c
}

// Session is the connection on which a tool runs sections one after the other.
// The zero value is a new one.
type Session struct {
	last int // the last ID given
	all  int // the tool's transaction around all migrations, 0 when none is open
	left Tx  // what the last section left open
}

// Assign gives every statement of a section its Tx: the transaction that the
// tool opens, the ones of BEGIN and COMMIT in the text, and the implicit ones of
// messages with several statements. Sections must come in the order in which
// the tool runs them.
//
// BEGIN and COMMIT carry the ID of the transaction that they open and close. A
// COMMIT in the text ends the tool's transaction; the next section has one
// again. What the text leaves open ends with the section, unless the next one
// continues it. The first statement of
// a pipeline commits with the others, but the server does not take it to be in a
// transaction block: its Kind is TxNone under the ID of the others.
func (x *Session) Assign(sec *migration.Section, stmts []Statement) {
	run := sec.Run
	if run.Wrap != migration.WrapAll {
		x.all = 0
	}
	var cur Tx // the open transaction; ID 0: none
	switch {
	case run.Continues:
		cur = x.left
	case run.Wrap == migration.WrapFile:
		cur = x.open(TxTool)
	case run.Wrap == migration.WrapAll:
		if x.all == 0 {
			x.all = x.open(TxTool).ID
		}
		cur = Tx{x.all, TxTool}
	}
	for i := 0; i < len(stmts); {
		n := message(run, stmts[i:])
		implicit := TxImplicit
		if run.Pipeline {
			if implicit = TxPipeline; run.Batches == nil {
				n = len(stmts) - i
			}
		}
		if run.Wrap == migration.WrapStatement {
			cur = x.open(TxTool)
		}
		cur = x.message(stmts[i:i+n], cur, implicit)
		if run.Pipeline && n > 1 && stmts[i].Tx.Kind == TxPipeline {
			stmts[i].Tx.Kind = TxNone
		}
		i += n
	}
	if x.all != 0 && cur.ID != x.all {
		x.all = 0
	}
	x.left = cur
}

// open gives a new transaction.
func (x *Session) open(kind TxKind) Tx {
	x.last++
	return Tx{x.last, kind}
}

// message assigns the statements of one message, of which cur is the open
// transaction, and gives the one that is open after it.
func (x *Session) message(stmts []Statement, cur Tx, implicit TxKind) Tx {
	for i := range stmts {
		s := &stmts[i]
		c := s.TxControl()
		if cur.ID == 0 && len(stmts) > 1 {
			cur = x.open(implicit)
		}
		switch {
		case c.Op == TxOpBegin && cur.ID == 0:
			cur = x.open(TxExplicit)
		case c.Op == TxOpBegin && cur.Kind != TxTool:
			cur.Kind = TxExplicit // the implicit block becomes an explicit one
		}
		if s.Tx = cur; cur.ID == 0 {
			s.Tx = x.open(TxNone)
		}
		if c.Ends() {
			kind := cur.Kind
			cur = Tx{}
			if c.Chain && (kind == TxTool || kind == TxExplicit) {
				cur = x.open(kind)
			}
		}
	}
	if cur.Kind == implicit {
		return Tx{} // committed at the end of the message
	}
	return cur
}

// message is the number of leading statements that go in one message.
func message(run migration.Run, stmts []Statement) int {
	at := stmts[0].text.Start
	i := sort.Search(len(run.Batches), func(i int) bool { return run.Batches[i].End > at })
	if i == len(run.Batches) || !run.Batches[i].Contains(at) {
		return 1
	}
	n := 1
	for n < len(stmts) && stmts[n].text.Start < run.Batches[i].End {
		n++
	}
	return n
}
