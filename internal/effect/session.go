package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// session models what changes the session or its transaction and no relation.
func (o *of) session(n *pg_query.Node) bool {
	switch n := n.Node.(type) {
	case *pg_query.Node_VariableSetStmt:
		o.variableSet(n.VariableSetStmt)
	case *pg_query.Node_VariableShowStmt:
		o.other(Other, "SHOW", nil)
	case *pg_query.Node_ConstraintsSetStmt:
		o.other(Other, "SET CONSTRAINTS", nil)
	case *pg_query.Node_TransactionStmt:
		o.transaction(n.TransactionStmt)
	case *pg_query.Node_DeallocateStmt:
		o.deallocate(n.DeallocateStmt)
	case *pg_query.Node_ClosePortalStmt:
		o.other(Other, "CLOSE", nil)
	case *pg_query.Node_FetchStmt:
		o.other(Other, "FETCH", nil)
	case *pg_query.Node_ListenStmt:
		o.other(Other, "LISTEN", nil)
	case *pg_query.Node_UnlistenStmt:
		o.other(Other, "UNLISTEN", nil)
	case *pg_query.Node_NotifyStmt:
		o.other(Other, "NOTIFY", nil)
	case *pg_query.Node_LoadStmt:
		o.other(Other, "LOAD", nil)
	case *pg_query.Node_CheckPointStmt:
		o.other(Other, "CHECKPOINT", nil)
	case *pg_query.Node_DiscardStmt:
		o.discard(n.DiscardStmt)
	case *pg_query.Node_DoStmt:
		o.do(n.DoStmt)
	default:
		return false
	}
	return true
}

// variableSet models SET and RESET. https://www.postgresql.org/docs/current/sql-set.html
func (o *of) variableSet(n *pg_query.VariableSetStmt) {
	name := strings.ToLower(n.Name)
	switch n.Kind {
	case pg_query.VariableSetKind_VAR_SET_VALUE:
		o.setSetting(name, settingValue(name, n.Args), n.IsLocal, true)
	case pg_query.VariableSetKind_VAR_SET_MULTI: // SET TRANSACTION, SET SESSION CHARACTERISTICS
		o.setMulti(n)
	case pg_query.VariableSetKind_VAR_SET_CURRENT: // only in CREATE FUNCTION
		o.other(SetSetting, name, nil)
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		o.add(Effect{Op: ResetSetting, Span: o.span(), Change: func(c *catalog.Catalog) { c.Reset("") }})
	default: // SET … TO DEFAULT, RESET
		o.add(Effect{Op: ResetSetting, Span: o.span(), Detail: Detail{Name: name, Local: n.IsLocal},
			Change: func(c *catalog.Catalog) { c.Reset(name) }})
	}
}

// setSetting records a setting; known is false where its value is not in the text.
// SET LOCAL outside a transaction block does nothing but warn.
func (o *of) setSetting(name, value string, local, known bool) {
	name = strings.ToLower(name)
	if _, ok := Milliseconds(value); known && timeSettings[name] && !ok {
		o.refuse("22023", "%s takes no '%s': a number with ms, s, min, h or d, or without", name, value)
	}
	e := Effect{Op: SetSetting, Span: o.span(), Detail: Detail{Name: name, Value: value, Local: local}}
	switch {
	case local && !o.s.Tx.Block():
		e.NoOp = true
	case known:
		e.Change = func(c *catalog.Catalog) { c.Set(name, value, local) }
	default:
		e.Change = func(c *catalog.Catalog) { c.Reset(name) }
	}
	o.add(e)
}

// listSettings are the settings whose items the server keeps quoted
// (GUC_LIST_QUOTE, guc_tables.c).
var listSettings = map[string]bool{"search_path": true, "temp_tablespaces": true, "local_preload_libraries": true,
	"session_preload_libraries": true, "shared_preload_libraries": true, "unix_socket_directories": true,
	"createrole_self_grant": true, "restrict_nonsystem_relation_kind": true}

// settingValue joins the values of SET as the server keeps them
// (flatten_set_variable_args, guc_funcs.c).
func settingValue(name string, args []*pg_query.Node) string {
	var out []string
	for _, a := range args {
		v := constText(a)
		if t := a.GetTypeCast(); t != nil { // SET TIME ZONE INTERVAL '…'
			v = constText(t.Arg)
		}
		if listSettings[name] {
			v = catalog.Quote(v)
		}
		out = append(out, v)
	}
	return strings.Join(out, ", ")
}

// setMulti models SET TRANSACTION, whose modes hold for the transaction, and
// SET SESSION CHARACTERISTICS, whose modes hold for later ones.
func (o *of) setMulti(n *pg_query.VariableSetStmt) {
	session := strings.EqualFold(n.Name, "SESSION CHARACTERISTICS")
	before := len(o.out)
	for _, a := range n.Args {
		d := a.GetDefElem()
		name := d.GetDefname()
		if session {
			name = "default_" + name
		}
		if strings.HasPrefix(name, "transaction_") || session {
			o.setSetting(name, constText(d.GetArg()), !session, true)
		}
	}
	if len(o.out) == before {
		o.other(SetSetting, strings.ToLower(n.Name), nil)
	}
}

func endTx(c *catalog.Catalog) { c.EndTx() }

// transaction models BEGIN, COMMIT and their like. Undoing the catalog on
// ROLLBACK is the caller's, who knows where the transaction began.
func (o *of) transaction(n *pg_query.TransactionStmt) {
	e := Effect{Span: o.span(), Object: n.SavepointName}
	switch n.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN, pg_query.TransactionStmtKind_TRANS_STMT_START:
		e.Op = Begin
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT:
		e.Op, e.Change = Commit, endTx
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		e.Op, e.Change = Rollback, endTx
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		e.Op = Rollback
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		e.Op = Savepoint
		if k := o.s.Tx.Kind; k == pgsql.TxNone || k == pgsql.TxImplicit || k == pgsql.TxPipeline {
			e.Detail.Fails, e.Detail.SQLState = "SAVEPOINT can only be used in transaction blocks", "25P01"
		}
	case pg_query.TransactionStmtKind_TRANS_STMT_PREPARE:
		e.Op, e.Object, e.Change = Commit, n.Gid, endTx
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:
		o.noTransaction("COMMIT PREPARED")
		e.Op, e.Object = Other, "COMMIT PREPARED"
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED:
		o.noTransaction("ROLLBACK PREPARED")
		e.Op, e.Object = Other, "ROLLBACK PREPARED"
	default:
		e.Op, e.Object = Other, "RELEASE"
	}
	o.add(e)
}

func (o *of) deallocate(n *pg_query.DeallocateStmt) {
	name := n.Name
	o.other(Other, "DEALLOCATE", func(c *catalog.Catalog) {
		for _, p := range c.Objects("prepared") {
			if name == "" || p.Name.Name == name {
				c.DropObject("prepared", p.Name)
			}
		}
	})
}

// discard models DISCARD; ALL is refused in a transaction block (discard.c).
func (o *of) discard(n *pg_query.DiscardStmt) {
	all := n.Target == pg_query.DiscardMode_DISCARD_ALL
	if all {
		o.noTransaction("DISCARD ALL")
	}
	if all || n.Target == pg_query.DiscardMode_DISCARD_TEMP {
		for _, r := range o.c.Relations() {
			if r.Persistence == catalog.Temp {
				e := o.on(Also, r, AccessExclusive)
				e.Via = DropTable
				oid := r.OID
				e.Change = func(c *catalog.Catalog) { c.Drop(oid) }
				o.add(e)
			}
		}
	}
	if !all {
		o.other(Other, "DISCARD", nil)
		return
	}
	o.add(Effect{Op: ResetSetting, Object: "DISCARD ALL", Span: o.span(), Change: func(c *catalog.Catalog) {
		c.Reset("")
		for _, p := range c.Objects("prepared") {
			c.DropObject("prepared", p.Name)
		}
	}})
}
