package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// emitCall records what a function that a query calls does: those of
// pg_catalog that lock relations or change settings, and as Call those that
// neither the server nor an extension brings, as nobody looks into them.
func (o *of) emitCall(via Op, f *pg_query.FuncCall) {
	schema, name := qualified(f.GetFuncname())
	if schema != "" && schema != "pg_catalog" || len(o.c.Functions(schema, name)) > 0 {
		o.userFunction(schema, name)
		return
	}
	switch name {
	case "nextval", "setval", "currval", "pg_sequence_last_value":
		// all of them open the sequence in ROW EXCLUSIVE to the end of the
		// transaction (lock_and_open_sequence, sequence.c)
		o.also(via, o.relationArgument(f), RowExclusive, 0)
	case "brin_summarize_new_values", "brin_summarize_range", "brin_desummarize_range":
		// brin.c: the table and the index, until the function returns
		if ix := o.relationArgument(f); ix != nil {
			o.briefly(via, ix, ShareUpdateExclusive)
			o.briefly(via, o.c.Get(ix.Table), ShareUpdateExclusive)
		}
	case "gin_clean_pending_list": // ginfast.c
		o.briefly(via, o.relationArgument(f), RowExclusive)
	case "set_config":
		o.setConfig(f)
	default:
		if o.advisory(name, f) {
			return
		}
		if _, ok := builtinVolatility(name, o.pg); !ok {
			if _, ok := extensionVolatility[name]; !ok {
				o.userFunction(schema, name)
			}
		}
	}
}

// userFunction records the call of a function whose body is not looked into;
// one that the migrations declared IMMUTABLE or STABLE changes nothing.
func (o *of) userFunction(schema, name string) {
	d := Detail{Unknown: catalog.Yes}
	for _, f := range o.c.Functions(schema, name) {
		if f.Volatility == 'i' || f.Volatility == 's' {
			d.Unknown = catalog.No
		}
	}
	o.add(Effect{Op: Call, Object: catalog.Name{Schema: schema, Name: name}.String(), Span: o.span(), Detail: d})
}

func (o *of) briefly(via Op, r *catalog.Relation, lock LockMode) {
	if r == nil {
		return
	}
	e := o.on(Also, r, lock)
	e.Via, e.Brief = via, true
	o.add(e)
}

// relationArgument finds the relation that the first argument names: a literal,
// with or without a cast to regclass, or pg_get_serial_sequence.
func (o *of) relationArgument(f *pg_query.FuncCall) *catalog.Relation {
	if len(f.GetArgs()) == 0 {
		return nil
	}
	arg := f.Args[0]
	for arg.GetTypeCast() != nil {
		arg = arg.GetTypeCast().Arg
	}
	if g := arg.GetFuncCall(); g != nil {
		if _, name := qualified(g.Funcname); name == "pg_get_serial_sequence" && len(g.Args) == 2 {
			return o.serialSequence(constText(g.Args[0]), constText(g.Args[1]))
		}
		return nil
	}
	s := arg.GetAConst().GetSval().GetSval()
	if s == "" {
		return nil
	}
	schema, name := splitName(s)
	return o.named(schema, name, catalog.Sequence)
}

// serialSequence finds the sequence that a column owns. The table's name is read
// as an identifier, the column's as it stands (pg_get_serial_sequence, ruleutils.c).
func (o *of) serialSequence(table, column string) *catalog.Relation {
	if table == "" {
		return nil
	}
	t := o.known(splitName(table))
	if t == nil {
		return nil
	}
	for _, s := range t.Seqs {
		if seq := o.c.Get(s); seq != nil && seq.OwnerColumn == column {
			return seq
		}
	}
	return nil
}

// setConfig models set_config(name, value, is_local).
func (o *of) setConfig(f *pg_query.FuncCall) {
	if len(f.Args) != 3 || f.Args[0].GetAConst().GetSval() == nil {
		return
	}
	name, local := constText(f.Args[0]), f.Args[2].GetAConst().GetBoolval().GetBoolval()
	if c := f.Args[2].GetTypeCast(); c != nil { // up to 14 the grammar made true and false casts
		local = constText(c.Arg) == "t" || constText(c.Arg) == "true"
	}
	value := f.Args[1].GetAConst()
	if value == nil {
		o.setSetting(name, "", local, false)
		return
	}
	o.setSetting(name, constText(f.Args[1]), local, true)
}
