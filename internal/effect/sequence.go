package effect

import (
	"slices"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
)

// createSequence models CREATE SEQUENCE: the table of OWNED BY is locked ACCESS
// SHARE, and IF NOT EXISTS is answered before any lock (DefineSequence, sequence.c).
func (o *of) createSequence(n *pg_query.CreateSeqStmt) {
	name := o.newName(n.Sequence)
	if old := o.c.Lookup(name); n.IfNotExists && old != nil && !old.Assumed {
		o.add(Effect{Op: CreateSequence, Target: name, OID: old.OID, NoOp: true, Span: o.span(), Detail: Detail{IfExists: true}})
		return
	}
	o.free(name)
	o.sequenceRefused(n.Options)
	info := catalog.SequenceInfo{SeqType: "int8"}
	o.sequenceOptions(&info, n.Options)
	owner, column := o.sequenceOwner(n.Options)
	rel := catalog.Relation{Name: name, Kind: catalog.Sequence, Persistence: persistence(n.Sequence), SequenceInfo: info}
	o.created(CreateSequence, name, catalog.Sequence, func(c *catalog.Catalog) {
		if old := c.Lookup(name); old != nil && old.Assumed {
			c.Drop(old.OID)
		}
		seq := c.Add(rel)
		if owner != nil {
			ownSequence(c, seq, owner.OID, column)
		}
	})
	o.also(CreateSequence, owner, AccessShare, 0)
}

// alterSequence models ALTER SEQUENCE: SHARE ROW EXCLUSIVE, so nextval waits
// and reads do not; the sequence gets a new file of its one row (AlterSequence,
// sequence.c). RENAME, OWNER and SET SCHEMA are statements of their own.
func (o *of) alterSequence(n *pg_query.AlterSeqStmt) {
	if n.MissingOk && o.missing(n.Sequence) {
		o.other(AlterSequence, "ALTER SEQUENCE IF EXISTS", nil)
		return
	}
	r := o.rel(n.Sequence, catalog.Sequence)
	o.kindRefused(r, catalog.Sequence)
	e := o.on(AlterSequence, r, ShareRowExclusive)
	e.Detail.IfExists = n.MissingOk
	e.Detail.Type = optionType(n.Options)
	e.Detail.Names = optionNames(n.Options)
	if d := option(n.Options, "restart"); d != nil {
		e.Detail.Value = constText(d.Arg)
	}
	info := r.SequenceInfo
	o.sequenceOptions(&info, n.Options)
	owned := option(n.Options, "owned_by") != nil
	owner, column := o.sequenceOwner(n.Options)
	if owned && r.Identity {
		e.Detail.Fails, e.Detail.SQLState = "the owner of an identity sequence cannot be changed", "0A000"
	}
	oid := r.OID
	e.Change = func(c *catalog.Catalog) {
		s := c.Edit(oid)
		if s == nil {
			return
		}
		s.SeqType, s.Cycle, s.MaxValue = info.SeqType, info.Cycle, info.MaxValue
		if !owned || s.Identity {
			return
		}
		if owner == nil {
			ownSequence(c, oid, 0, "")
		} else {
			ownSequence(c, oid, owner.OID, column)
		}
	}
	o.add(e)
	o.also(AlterSequence, owner, AccessShare, 0)
}

// option finds an option by name, nil if it is not there.
func option(opts []*pg_query.Node, name string) *pg_query.DefElem {
	for _, n := range opts {
		if d := n.GetDefElem(); d != nil && d.Defname == name {
			return d
		}
	}
	return nil
}

// optionNames gives the names of the options in the order of the statement.
func optionNames(opts []*pg_query.Node) []string {
	var out []string
	for _, n := range opts {
		if d := n.GetDefElem(); d != nil {
			out = append(out, d.Defname)
		}
	}
	return out
}

// optionType gives the type of AS, as SQL writes it.
func optionType(opts []*pg_query.Node) string {
	d := option(opts, "as")
	if d == nil || d.Arg.GetTypeName() == nil {
		return ""
	}
	_, name := qualified(d.Arg.GetTypeName().Names)
	return typeSQL(catalog.Type{Name: name})
}

// sequenceOptions reads the parameters that the catalog keeps.
func (o *of) sequenceOptions(s *catalog.SequenceInfo, opts []*pg_query.Node) {
	for _, n := range opts {
		d := n.GetDefElem()
		switch d.GetDefname() {
		case "as":
			if t := d.Arg.GetTypeName(); t != nil {
				_, s.SeqType = qualified(t.Names)
			}
		case "cycle":
			s.Cycle = d.Arg == nil || boolOf(d.Arg)
		case "maxvalue":
			s.MaxValue = numberOf(d.Arg) // NO MAXVALUE has none
		}
	}
}

// boolOf reads a truth value as options write it.
func boolOf(n *pg_query.Node) bool {
	switch {
	case n == nil:
		return true
	case n.GetBoolean() != nil:
		return n.GetBoolean().Boolval
	case n.GetInteger() != nil:
		return n.GetInteger().Ival != 0
	}
	switch optionText(n) {
	case "false", "off", "no", "0":
		return false
	}
	return true
}

// numberOf reads a number as options write it, "" for none.
func numberOf(n *pg_query.Node) string {
	switch {
	case n == nil:
		return ""
	case n.GetInteger() != nil:
		return strconv.FormatInt(int64(n.GetInteger().Ival), 10)
	case n.GetFloat() != nil:
		return n.GetFloat().Fval
	}
	return constText(n)
}

// optionText reads a word as options write it: a string, a type name, a number.
func optionText(n *pg_query.Node) string {
	switch {
	case n == nil:
		return ""
	case n.GetString_() != nil:
		return text(n)
	case n.GetTypeName() != nil:
		_, name := qualified(n.GetTypeName().Names)
		return name
	case n.GetBoolean() != nil:
		return strconv.FormatBool(n.GetBoolean().Boolval)
	}
	return numberOf(n)
}

// sequenceOwner gives the table and column of OWNED BY; nil for NONE or without it.
func (o *of) sequenceOwner(opts []*pg_query.Node) (*catalog.Relation, string) {
	d := option(opts, "owned_by")
	if d == nil {
		return nil, ""
	}
	names := listOf(d.Arg)
	if len(names) < 2 {
		return nil, "" // NONE
	}
	schema, table := qualified(names[:len(names)-1])
	return o.named(schema, table, catalog.Table), text(names[len(names)-1])
}

// ownSequence makes a column the owner of a sequence; table 0 is none.
func ownSequence(c *catalog.Catalog, seq, table catalog.OID, column string) {
	s := c.Edit(seq)
	if s == nil {
		return
	}
	old := s.OwnerTable
	s.OwnerTable, s.OwnerColumn = table, column
	if old == table {
		return
	}
	if t := c.Edit(old); t != nil {
		t.Seqs = slices.DeleteFunc(t.Seqs, func(x catalog.OID) bool { return x == seq })
	}
	if t := c.Edit(table); t != nil {
		t.Seqs = append(t.Seqs, seq)
	}
}
