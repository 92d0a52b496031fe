package effect

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/pgsql"
)

// vacuumOptions are the options of VACUUM and ANALYZE that say what is locked.
type vacuumOptions struct{ vacuum, full, analyze, statsOnly, only bool }

// vacuum models VACUUM and ANALYZE: SHARE UPDATE EXCLUSIVE, VACUUM FULL ACCESS
// EXCLUSIVE with a rewrite. VACUUM commits as it goes and is refused in a
// transaction block, ANALYZE alone is not (ExecVacuum, vacuum.c).
func (o *of) vacuum(n *pg_query.VacuumStmt) {
	if re := o.newer(pgsql.KindRepack); re != nil {
		o.repack(n, re)
		return
	}
	opt := vacuumOptions{vacuum: n.IsVacuumcmd, analyze: !n.IsVacuumcmd}
	for _, x := range n.Options {
		d := x.GetDefElem()
		switch d.GetDefname() {
		case "full":
			opt.full = boolOption(d)
		case "analyze":
			opt.analyze = boolOption(d)
		case "only_database_stats":
			opt.statsOnly = boolOption(d)
		}
	}
	if opt.vacuum {
		o.noTransaction("VACUUM")
	}
	if opt.statsOnly {
		return
	}
	if len(n.Rels) == 0 {
		o.vacuumAll(opt)
		return
	}
	before := len(o.out)
	for _, x := range n.Rels {
		v := x.GetVacuumRelation()
		if rv := v.GetRelation(); !o.system(rv) {
			opt := opt
			opt.only = !rv.GetInh()
			if r := o.rel(rv, catalog.Table); r.HasStorage() || r.Kind == catalog.PartitionedTable || r.Kind == catalog.ForeignTable {
				o.needs(r, texts(v.VaCols)...)
				o.vacuumNamed(r, opt, texts(v.VaCols)) // others are skipped with a warning
			}
		}
	}
	if len(o.out) == before {
		o.other(opt.op(), "", nil)
	}
}

// vacuumAll takes every table and materialized view of the database that the
// catalog knows (get_all_vacuum_rels, vacuum.c).
func (o *of) vacuumAll(opt vacuumOptions) {
	before := len(o.out)
	for _, r := range o.c.Relations() {
		if r.HasStorage() || r.Kind == catalog.PartitionedTable {
			o.vacuumOne(r, opt, nil, true)
		}
	}
	if len(o.out) == before {
		o.other(opt.op(), "", nil)
	}
}

func (opt vacuumOptions) op() Op {
	switch {
	case opt.full:
		return VacuumFull
	case opt.vacuum:
		return Vacuum
	}
	return Analyze
}

// vacuumNamed takes a relation and what goes with it: the partitions always up
// to 17, from 18 on all children unless ONLY (expand_vacuum_rel, vacuum.c).
func (o *of) vacuumNamed(r *catalog.Relation, opt vacuumOptions, columns []string) {
	o.vacuumOne(r, opt, columns, true)
	if r.Kind != catalog.PartitionedTable && o.pg < 18 || opt.only && o.pg >= 18 {
		return
	}
	for _, ch := range o.below(r, nil) {
		o.vacuumOne(ch, opt, columns, false)
	}
}

func (o *of) vacuumOne(r *catalog.Relation, opt vacuumOptions, columns []string, first bool) {
	op := opt.op()
	lock := ShareUpdateExclusive
	if opt.full && r.Kind != catalog.ForeignTable {
		lock = AccessExclusive
	}
	e := o.on(op, r, lock)
	if !first {
		e.Op, e.Via = Also, op
	}
	e.Detail.Columns = columns
	if opt.full && r.HasStorage() {
		e.Work = Rewrite | Scan
	}
	o.add(e)
	switch {
	case opt.full:
		o.alsoIndexes(op, storage(r), AccessExclusive, Build)
	case opt.vacuum:
		o.alsoIndexes(op, storage(r), RowExclusive, 0)
	}
	if opt.analyze { // the sample of an inheritance tree (acquire_inherited_sample_rows, analyze.c)
		for _, ch := range o.below(r, nil) {
			o.also(op, ch, AccessShare, 0)
		}
	}
}

// storage gives the relation where it has rows of its own, else an empty one:
// the indexes of a partitioned table are left alone.
func storage(r *catalog.Relation) *catalog.Relation {
	if r.HasStorage() {
		return r
	}
	return &catalog.Relation{}
}
