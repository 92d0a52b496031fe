package trace

import (
	"slices"
	"strings"
)

// write gives what a statement that changes rows does.
func (c *classifier) write(first string) []Op {
	if ops := c.record(first); ops != nil {
		return ops
	}
	if first == "copy" || first == "truncate" {
		return []Op{{Kind: OpDML, What: strings.ToUpper(first)}}
	}
	return append(c.advisory(), Op{Kind: OpDML, What: strings.ToUpper(first)})
}

// record gives a write of a version table or of a row that is a lock; nil for others.
func (c *classifier) record(first string) []Op {
	at := 1
	if first == "insert" || first == "delete" {
		at = 2
	}
	schema, name, next := c.relation(at)
	lower := strings.ToLower(name)
	if rowLocks[lower] {
		return c.rowLock(first, schema, name)
	}
	table, ok := c.tables.find(schema, name)
	if !ok {
		return nil
	}
	op := Op{Kind: OpRecord, Schema: schema, Table: name}
	switch first {
	case "insert":
		return c.inserted(op, table, next)
	case "update":
		return c.updated(op, table, next)
	case "delete":
		op.Down = true
		if v := c.assigned(next, table.columns, "where"); v != "" {
			op.Versions = []string{v}
		}
		return []Op{op}
	case "truncate":
		op.Kind = OpTruncate
		return []Op{op}
	}
	return nil
}

// rowLock tells whether a write takes or gives back a row lock: by the value that it
// sets, or by being there at all.
func (c *classifier) rowLock(first, schema, name string) []Op {
	op := Op{Kind: OpRowLock, Schema: schema, Table: name}
	switch first {
	case "delete":
		op.Kind = OpRowUnlock
	case "update":
		switch v := strings.ToLower(c.assigned(0, []string{"is_locked", "locked"}, "set")); v {
		case "0", "false", "f":
			op.Kind = OpRowUnlock
		case "1", "true", "t":
		default:
			return []Op{{Kind: OpSetup, Schema: schema, Table: name}}
		}
	case "insert":
		if strings.ToLower(name) != "bun_migration_locks" && strings.ToLower(name) != "goose_lock" {
			return []Op{{Kind: OpSetup, Schema: schema, Table: name}} // the row, not the lock
		}
	}
	return []Op{op}
}

// inserted reads INSERT INTO t (columns) VALUES (…), (…).
func (c *classifier) inserted(op Op, table versionTable, i int) []Op {
	if i >= len(c.toks) || !c.toks[i].mark('(') {
		return []Op{op} // columns unsaid
	}
	heads, next := c.arguments(i)
	var columns []string
	for _, h := range heads {
		if len(h) > 0 {
			columns = append(columns, strings.ToLower(nameOf(h[len(h)-1])))
		}
	}
	for next < len(c.toks) && !c.is(next, "values") && !c.is(next, "select") {
		next++
	}
	if c.is(next, "select") { // safemig's: its WHERE is the fence
		row := c.selected(next + 1)
		op.Versions = append(op.Versions, versionOf(table, func(column string) string {
			if k := slices.Index(columns, column); k >= 0 && k < len(row) {
				return c.value(row[k])
			}
			return ""
		}))
		if op.Versions[0] == "" {
			op.Versions = nil
		}
		return []Op{op}
	}
	started := false
	for next++; next < len(c.toks) && c.toks[next].mark('('); next++ {
		var row [][]token
		row, next = c.arguments(next)
		value := func(column string) string {
			if k := slices.Index(columns, column); k >= 0 && k < len(row) {
				return c.value(row[k])
			}
			return ""
		}
		if v := versionOf(table, value); v != "" {
			op.Versions = append(op.Versions, v)
		}
		switch {
		case isTrue(value("dirty")), // golang-migrate: before the body
			slices.Contains(columns, "started_at") && !slices.Contains(columns, "finished_at"), // Prisma
			value("success") != "" && !isTrue(value("success")) && table.tool == "sqlx":
			started = true
		}
		if next >= len(c.toks) || !c.toks[next].mark(',') {
			break
		}
	}
	if started {
		op.Kind = OpStart
	}
	return []Op{op}
}

// selected gives the expressions of a SELECT list that begins at i.
func (c *classifier) selected(i int) (exprs [][]token) {
	depth, start := 0, i
	for ; i < len(c.toks); i++ {
		switch t := c.toks[i]; {
		case t.mark('('), t.mark('['):
			depth++
		case t.mark(')'), t.mark(']'):
			depth--
		case depth == 0 && t.mark(','):
			exprs = append(exprs, c.toks[start:i])
			start = i + 1
		case depth == 0 && (c.is(i, "from") || c.is(i, "where") || t.mark(';')):
			return append(exprs, c.toks[start:i])
		}
	}
	return append(exprs, c.toks[min(start, len(c.toks)):])
}

func isTrue(s string) bool { s = strings.ToLower(s); return s == "t" || s == "true" || s == "1" }

func versionOf(table versionTable, value func(string) string) string {
	var parts []string
	for _, col := range table.columns {
		v := value(col)
		if v == "" || strings.EqualFold(v, "null") {
			continue
		}
		if parts = append(parts, v); !table.join {
			break
		}
	}
	return strings.Join(parts, ".")
}

// updated reads UPDATE t SET … WHERE ….
func (c *classifier) updated(op Op, table versionTable, i int) []Op {
	switch table.tool {
	case "Alembic":
		op.Fenced = true
	case "Prisma":
		if c.assigned(i, []string{"finished_at"}, "set") == "" && !c.sets(i, "finished_at") {
			return []Op{{Kind: OpSetup, Schema: op.Schema, Table: op.Table}} // its log, its steps
		}
		if v := c.assigned(i, []string{"migration_name", "id"}, "where"); v != "" {
			op.Versions = []string{v}
		}
		return []Op{op}
	case "safemig": // taken back, or applied once more
		op.Versions = nonEmpty(c.assigned(i, table.columns, "where"))
		op.Down = c.assigned(i, []string{"state"}, "set") == "reverted"
		return []Op{op}
	case "sqlx":
		if !isTrue(c.assigned(i, []string{"success"}, "set")) {
			return []Op{{Kind: OpSetup, Schema: op.Schema, Table: op.Table}}
		}
		op.Versions = nonEmpty(c.assigned(i, []string{"version"}, "where"))
		return []Op{op}
	}
	op.Versions = nonEmpty(c.assigned(i, table.columns, "set"))
	if op.Versions == nil {
		return []Op{{Kind: OpSetup, Schema: op.Schema, Table: op.Table}}
	}
	return []Op{op}
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// sets tells whether SET names a column, whatever its value.
func (c *classifier) sets(i int, column string) bool {
	for ; i < len(c.toks) && !c.is(i, "where"); i++ {
		if c.toks[i].name() && strings.EqualFold(string(c.toks[i].text), column) {
			return true
		}
	}
	return false
}

// assigned gives the value that stands after "column =" behind a word, SET or WHERE.
func (c *classifier) assigned(i int, columns []string, after string) string {
	for i < len(c.toks) && !c.is(i, after) {
		i++
	}
	for ; i+2 < len(c.toks); i++ {
		if after == "set" && c.is(i, "where") {
			return ""
		}
		if c.toks[i].name() && slices.Contains(columns, strings.ToLower(string(c.toks[i].text))) && c.toks[i+1].mark('=') {
			return c.value(c.toks[i+2 : min(i+3, len(c.toks))])
		}
	}
	return ""
}

// value is a literal's or a parameter's text, "" for what has to be computed.
func (c *classifier) value(a []token) string {
	if len(a) == 0 {
		return ""
	}
	if a[0].mark('-') && len(a) > 1 {
		return "-" + string(a[1].text)
	}
	switch t := a[0]; t.kind {
	case tokParam:
		v, ok := c.param(string(t.text))
		if !ok {
			return ""
		}
		return v
	case tokString, tokNumber:
		return string(t.text)
	case tokWord:
		switch w := strings.ToLower(string(t.text)); w {
		case "true", "false", "null":
			return w
		}
	case tokMark:
		if t.mark('%') && len(a) == 1 {
			return ""
		}
	}
	return ""
}
