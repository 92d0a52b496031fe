package pgsql

import pg_query "github.com/pganalyze/pg_query_go/v5"

// table rewrites ALTER TABLE, CREATE TABLE and ALTER DOMAIN.
func (r *rewriter) table() {
	switch {
	case r.has(0, "ALTER", "DOMAIN"):
		r.domain()
	case r.has(0, "ALTER", "TABLE"), r.has(0, "ALTER", "FOREIGN", "TABLE"), r.has(0, "ALTER", "MATERIALIZED", "VIEW"):
		first, ok := afterRelation(r.src, r.toks)
		for clause := 0; ok && first < len(r.toks); clause++ {
			end := r.each(first, len(r.toks), func(i int) bool { return !r.has(i, ",") })
			r.action(first, end, clause)
			first = end + 1
		}
	case r.has(0, "CREATE"):
		i := 1
		for i < len(r.toks) && i < 4 && !r.has(i, "TABLE") {
			i++
		}
		if !r.has(i, "TABLE") {
			return
		}
		for i < len(r.toks) && !r.has(i, "(") {
			i++
		}
		end := r.closing(i)
		for first := i + 1; first < end; {
			next := r.each(first, end, func(i int) bool { return !r.has(i, ",") })
			r.element(first, next, -1)
			first = next + 1
		}
	}
}

// action rewrites the ALTER TABLE action of the tokens i up to end.
func (r *rewriter) action(i, end, clause int) {
	column := i + 1
	if r.has(column, "COLUMN") {
		column++
	}
	attr := column + 1 // after ALTER [COLUMN] c
	switch {
	case r.has(i, "ADD"):
		first := i + 1
		if r.has(first, "COLUMN") {
			first++
		}
		if r.has(first, "IF", "NOT", "EXISTS") {
			first += 3
		}
		r.element(first, end, clause)
	case r.has(i, "ALTER", "CONSTRAINT"):
		r.alterConstraint(i, end, clause)
	case r.has(i, "ALTER") && r.has(attr, "SET", "EXPRESSION", "AS", "("):
		r.replace(attr, attr+3, `TYPE "?" USING`)
		r.mark(attr, end, Newer{Since: 17, Kind: KindSetExpression, What: "SET EXPRESSION", Clause: clause, Column: r.name(column)})
	case r.has(i, "ALTER") && r.has(attr, "SET", "STATISTICS", "DEFAULT"):
		r.replace(attr+2, attr+3, "-1")
		r.mark(attr, end, Newer{Since: 17, Kind: KindStatisticsDefault, What: "SET STATISTICS DEFAULT", Clause: clause, Column: r.name(column)})
	case r.has(i, "SET", "ACCESS", "METHOD", "DEFAULT"):
		r.replace(i+3, i+4, `"default"`)
		r.mark(i, end, Newer{Since: 17, Kind: KindAccessMethodDefault, What: "SET ACCESS METHOD DEFAULT", Clause: clause})
	case r.has(i, "MERGE", "PARTITIONS", "("), r.has(i, "SPLIT", "PARTITION"):
		r.partitions(i, end, clause)
	}
}

// partitions rewrites MERGE PARTITIONS (a, b) INTO c and SPLIT PARTITION a INTO
// (PARTITION b FOR VALUES …, …) as DETACH PARTITION of the first.
func (r *rewriter) partitions(i, end, clause int) {
	n := Newer{Since: 19, Clause: clause, Kind: KindSplitPartition, What: "SPLIT PARTITION"}
	first := i + 2
	if r.has(i, "MERGE") {
		n.Kind, n.What = KindMergePartitions, "MERGE PARTITIONS"
		first++
	}
	if !r.isName(first) {
		return
	}
	old, after := r.relation(first)
	n.Relations = append(n.Relations, old)
	for j := after; j < end; j++ {
		if (r.has(j-1, ",") || r.has(j-1, "INTO") || r.has(j-1, "PARTITION")) && r.isName(j) && !r.has(j, "PARTITION") {
			if n.Kind == KindSplitPartition && !r.has(j-1, "PARTITION") {
				continue
			}
			rel, next := r.relation(j)
			n.Relations = append(n.Relations, rel)
			j = next - 1
		}
	}
	r.replace(i, first, "DETACH PARTITION ")
	r.replace(after, end, "")
	r.mark(i, end, n)
}

// alterConstraint rewrites ALTER CONSTRAINT n with an attribute that is newer.
func (r *rewriter) alterConstraint(i, end, clause int) {
	for j := i + 3; j < end; j++ {
		n := Newer{Since: 18, Clause: clause, Name: r.name(i + 2)}
		length := 1
		switch {
		case r.has(j, "NOT", "ENFORCED"):
			n.Kind, n.What, length = KindAlterNotEnforced, "ALTER CONSTRAINT NOT ENFORCED", 2
		case r.has(j, "ENFORCED"):
			n.Kind, n.What = KindAlterEnforced, "ALTER CONSTRAINT ENFORCED"
		case r.has(j, "NO", "INHERIT"):
			n.Kind, n.What, length = KindAlterNoInherit, "ALTER CONSTRAINT NO INHERIT", 2
		case r.has(j, "INHERIT"):
			n.Kind, n.What = KindAlterInherit, "ALTER CONSTRAINT INHERIT"
		default:
			continue
		}
		r.replace(j, j+length, "")
		r.mark(j, j+length, n)
		j += length - 1
	}
}

// element rewrites a column or table constraint, in the tokens i up to end.
func (r *rewriter) element(i, end, clause int) {
	name, body := "", i
	if r.has(i, "CONSTRAINT") && r.isName(i+1) {
		name, body = r.name(i+1), i+2
	}
	table := body > i || r.has(i, "CHECK", "(") || r.has(i, "FOREIGN", "KEY") || r.has(i, "NOT", "NULL") ||
		r.has(i, "PRIMARY", "KEY") || r.has(i, "UNIQUE", "(") || r.has(i, "UNIQUE", "NULLS")
	column := ""
	if !table {
		column = r.name(i)
	}
	if r.has(body, "NOT", "NULL") && r.isName(body+2) {
		r.notNull(i, body, end, clause, name)
		return
	}
	at := func(kind, what string, from, to int) {
		r.mark(from, to, Newer{Since: 18, Kind: kind, What: what, Clause: clause, Name: name, Column: column})
	}
	r.each(i, end, func(j int) bool {
		if r.has(j, "CONSTRAINT") && r.isName(j+1) {
			name = r.name(j + 1)
		}
		switch {
		case r.has(j, "AS", "(") && r.has(j-2, "GENERATED", "ALWAYS"):
			switch after := r.closing(j+1) + 1; {
			case r.has(after, "VIRTUAL"):
				r.replace(after, after+1, "STORED")
				at(KindVirtual, "VIRTUAL generated column", j-2, after+1)
			case !r.has(after, "STORED") && after <= end:
				r.insert(after-1, " STORED")
				at(KindVirtual, "generated column without STORED", j-2, after)
			}
		case r.has(j, "NOT", "ENFORCED"):
			with := ""
			if table {
				with = "NOT VALID" // neither is checked
			}
			r.replace(j, j+2, with)
			at(KindNotEnforced, "NOT ENFORCED", j, j+2)
		case r.has(j, "ENFORCED") && j > i && !r.has(j-1, "NOT") && !r.has(j-1, "CONSTRAINT"):
			r.replace(j, j+1, "")
			at(KindEnforced, "ENFORCED", j, j+1)
		case r.has(j, "NOT", "NULL", "NO", "INHERIT"):
			r.replace(j+2, j+4, "")
			at(KindNotNullNoInherit, "NOT NULL NO INHERIT", j, j+4)
			r.found[len(r.found)-1].NoInherit = true
		case r.has(j, "(") && (r.has(j-1, "KEY") || r.has(j-1, "UNIQUE") || r.has(j-1, "DISTINCT")):
			if c := r.closing(j); r.has(c-2, "WITHOUT", "OVERLAPS") {
				r.replace(c-2, c, "")
				at(KindWithoutOverlaps, "WITHOUT OVERLAPS", c-3, c)
				r.found[len(r.found)-1].Column = r.name(c - 3)
			}
			r.period(j, at)
		case r.has(j, "REFERENCES"):
			if _, after := r.relation(j + 1); r.has(after, "(") {
				r.period(after, at)
			}
		}
		return true
	})
}

// period rewrites the last column of the list that opens at i, when it is PERIOD c.
func (r *rewriter) period(i int, at func(kind, what string, from, to int)) {
	c := r.closing(i)
	if r.has(c-2, "PERIOD") && r.isName(c-1) && (r.has(c-3, ",") || r.has(c-3, "(")) {
		r.replace(c-2, c-1, "")
		at(KindPeriod, "PERIOD", c-2, c)
	}
}

// notNull rewrites [CONSTRAINT n] NOT NULL c [NO INHERIT] [NOT VALID], which
// stands in the tokens i up to end and whose NOT is at body.
func (r *rewriter) notNull(i, body, end, clause int, name string) {
	n := Newer{Since: 18, Kind: KindNotNull, What: "NOT NULL table constraint", Clause: clause, Name: name, Column: r.name(body + 2)}
	for j := body + 3; j < end; j++ {
		n.NotValid = n.NotValid || r.has(j, "NOT", "VALID")
		n.NoInherit = n.NoInherit || r.has(j, "NO", "INHERIT")
		if !r.has(j, "NO") && !r.has(j, "NOT") && !r.has(j, "VALID") && !r.has(j, "INHERIT") {
			return
		}
	}
	if body+3 < end {
		r.replace(body+3, end, "")
	}
	r.mark(i, end, n)
	if clause >= 0 {
		for !r.has(i, "ADD") {
			i--
		}
		r.replace(i, body+2, "ALTER COLUMN")
		r.insert(body+2, " SET NOT NULL")
		return
	}
	// CREATE TABLE: a CHECK that the tree then turns into NOT NULL on the column.
	r.replace(body, body+2, "CHECK (")
	r.insert(body+2, " IS NOT NULL)")
	r.after = append(r.after, func(stmt *pg_query.Node) { columnNotNull(stmt, n.Column, name) })
}

// columnNotNull turns the first table constraint CHECK (column IS NOT NULL) of
// that name into NOT NULL on the column. It stays a CHECK when the column comes
// from elsewhere (LIKE, INHERITS).
func columnNotNull(stmt *pg_query.Node, column, name string) {
	create := stmt.GetCreateStmt()
	if create == nil {
		create = stmt.GetCreateForeignTableStmt().GetBaseStmt()
	}
	var def *pg_query.ColumnDef
	at := -1
	for i, e := range create.GetTableElts() {
		if c := e.GetColumnDef(); c != nil && c.Colname == column {
			def = c
		}
		c := e.GetConstraint()
		ref := c.GetRawExpr().GetNullTest().GetArg().GetColumnRef()
		if at < 0 && c.GetContype() == pg_query.ConstrType_CONSTR_CHECK && c.Conname == name && ref != nil &&
			ref.Fields[0].GetString_().GetSval() == column {
			at = i
		}
	}
	if def == nil || at < 0 {
		return
	}
	c := create.TableElts[at].GetConstraint()
	c.Contype, c.RawExpr = pg_query.ConstrType_CONSTR_NOTNULL, nil
	def.Constraints = append(def.Constraints, create.TableElts[at])
	create.TableElts = append(create.TableElts[:at:at], create.TableElts[at+1:]...)
}

// domain rewrites ALTER DOMAIN d ADD [CONSTRAINT n] NOT NULL.
func (r *rewriter) domain() {
	i := afterName(r.src, r.toks, 2)
	if !r.has(i, "ADD") {
		return
	}
	body, name := i+1, ""
	if r.has(body, "CONSTRAINT") {
		name = r.name(body + 1)
		body += 2
	}
	if r.has(body, "NOT", "NULL") && body+2 == len(r.toks) {
		r.replace(i, body, "SET")
		r.mark(i, body+2, Newer{Since: 17, Kind: KindDomainNotNull, What: "NOT NULL constraint of a domain", Clause: -1, Name: name})
	}
}
