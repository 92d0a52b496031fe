package pgsql

import pg_query "github.com/pganalyze/pg_query_go/v5"

// maintenance rewrites REPACK, VACUUM and ANALYZE with ONLY, and what else is a
// statement of its own.
func (r *rewriter) maintenance() {
	switch {
	case r.has(0, "REPACK"):
		r.repack()
	case r.has(0, "VACUUM"), r.has(0, "ANALYZE"):
		r.vacuumOnly()
	case r.has(0, "ALTER", "DEFAULT", "PRIVILEGES"):
		for i := 3; i < len(r.toks); i++ {
			if r.has(i, "ON", "LARGE", "OBJECTS") {
				r.replace(i+1, i+3, "TABLES")
				r.mark(i, i+3, Newer{Since: 18, Kind: KindOther, What: "default privileges on large objects", Clause: -1})
			}
		}
	case r.has(0, "ALTER", "OPERATOR"):
		for i := 2; i < len(r.toks); i++ {
			if (r.has(i, "HASHES") || r.has(i, "MERGES")) && (r.has(i+1, ",") || r.has(i+1, ")")) {
				r.insert(i, " = true")
				r.mark(i, i+1, Newer{Since: 17, Kind: KindOther, What: "ALTER OPERATOR SET (HASHES, MERGES)", Clause: -1})
			}
		}
	case r.has(0, "CHECKPOINT", "("):
		r.replace(1, len(r.toks), "")
		r.mark(0, len(r.toks), Newer{Since: 19, Kind: KindOther, What: "CHECKPOINT with options", Clause: -1})
	}
}

// repack rewrites REPACK [(options)] [CONCURRENTLY] [table [(columns)] [USING INDEX [i]]].
func (r *rewriter) repack() {
	n := Newer{Since: 19, Kind: KindRepack, What: "REPACK", Clause: -1}
	i := 1
	if r.has(i, "(") {
		end := r.closing(i)
		for ; i < end; i++ {
			if r.has(i, "CONCURRENTLY") && !r.has(i+1, "FALSE") && !r.has(i+1, "OFF") {
				n.Concurrently = true
			}
		}
		i = end + 1
	}
	for r.has(i, "VERBOSE") || r.has(i, "CONCURRENTLY") {
		n.Concurrently = n.Concurrently || r.has(i, "CONCURRENTLY")
		i++
	}
	i = min(i, len(r.toks))
	verb := "VACUUM (FULL)"
	for j := i; j < len(r.toks); j++ {
		if !r.has(j, "USING", "INDEX") {
			continue
		}
		verb = "CLUSTER"
		if j+2 < len(r.toks) {
			r.replace(j+1, j+2, "") // CLUSTER t USING i
		} else {
			r.replace(j, j+2, "") // CLUSTER [t]: by the index of last time
		}
	}
	r.replace(0, i, verb)
	r.mark(0, len(r.toks), n)
}

// vacuumOnly rewrites ONLY before a table of VACUUM and ANALYZE.
func (r *rewriter) vacuumOnly() {
	r.each(1, len(r.toks), func(i int) bool {
		if r.has(i, "ONLY") && r.isName(i+1) {
			rel, _ := r.relation(i + 1)
			r.replace(i, i+1, "")
			r.mark(i, i+1, Newer{Since: 18, Kind: KindVacuumOnly, What: "ONLY", Clause: -1})
			r.after = append(r.after, func(stmt *pg_query.Node) {
				for _, v := range stmt.GetVacuumStmt().GetRels() {
					if t := v.GetVacuumRelation().GetRelation(); t.GetRelname() == rel.Relname && t.GetSchemaname() == rel.Schemaname {
						t.Inh = false
					}
				}
			})
		}
		return true
	})
}
