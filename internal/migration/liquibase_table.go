package migration

import (
	"cmp"
	"slices"
	"strings"
)

func (w *xmlSQL) createTable(c *xmlElement) bool {
	kids := c.all("column")
	if !c.has("tableName") || len(kids) == 0 {
		return false
	}
	parts := []any{"CREATE TABLE ", map[bool]string{true: "IF NOT EXISTS "}[c.yes("ifNotExists")], w.relation(c, "tableName"), " ("}
	for i, k := range kids {
		if i > 0 {
			parts = append(parts, ", ")
		}
		is, serial := liquibaseType(k.get("type"))
		if is == "" {
			return false
		}
		parts = append(parts, xmlName(k.attr("name")), " ", xmlValue{is: "", at: Span{k.attr("type").at.Start, k.attr("type").at.Start}}, is)
		parts = append(parts, columnRest(k, is, serial))
		if k := k.one("constraints"); k.yes("primaryKey") || strings.EqualFold(k.get("nullable"), "false") {
			parts = append(parts, " NOT NULL")
		}
	}
	parts = append(parts, w.tableConstraints(c, kids), ")", tablespace(c, " TABLESPACE "))
	w.say(c, parts...)
	if c.has("remarks") {
		w.remarks(c, c, "TABLE ", w.relation(c, "tableName"))
	}
	for _, k := range kids {
		if k.has("remarks") {
			w.columnRemarks(c, k, xmlName(k.attr("name")))
		}
	}
	return true
}

// columnRest is a column's default and identity.
func columnRest(k *xmlElement, is string, serial bool) string {
	out, _ := xmlDefault(k, is)
	if out != "" {
		out = " DEFAULT " + out
	}
	if !serial && !k.yes("autoIncrement") {
		return out
	}
	out += " GENERATED " + cmp.Or(strings.ToUpper(k.get("generationType")), "BY DEFAULT") + " AS IDENTITY"
	var options []string
	if v := k.get("startWith"); v != "" {
		options = append(options, "START WITH "+v)
	}
	if v := k.get("incrementBy"); v != "" {
		options = append(options, "INCREMENT BY "+v)
	}
	if len(options) > 0 {
		out += " (" + strings.Join(options, " ") + ")"
	}
	return out
}

// tableConstraints are those that columns of a new table bring: its primary key,
// its foreign keys, what is unique.
func (w *xmlSQL) tableConstraints(c *xmlElement, kids []*xmlElement) []any {
	var out, keys, unique []any
	var name xmlValue
	var space, how string
	named := map[string][]any{}
	var names []string
	for _, k := range kids {
		column, con := xmlName(k.attr("name")), k.one("constraints")
		if con.yes("primaryKey") {
			if len(keys) > 0 {
				keys = append(keys, ", ")
			}
			keys = append(keys, column)
			if name.is == "" {
				name = con.attr("primaryKeyName")
			}
			space = cmp.Or(space, con.get("primaryKeyTablespace"))
			how = cmp.Or(how, deferred(con, " DEFERRABLE", " INITIALLY DEFERRED"))
		}
		if con.yes("unique") {
			switch u := con.attr("uniqueConstraintName"); {
			case u.is == "":
				unique = append(unique, ", UNIQUE (", column, ")")
			case named[u.is] == nil:
				names = append(names, u.is)
				named[u.is] = []any{", CONSTRAINT ", xmlName(u), " UNIQUE (", column}
			default:
				named[u.is] = append(named[u.is], ", ", column)
			}
		}
	}
	if len(keys) > 0 {
		out = append(out, ", CONSTRAINT ")
		if name.is != "" {
			out = append(out, xmlName(name))
		} else {
			out = append(out, w.spelled(c.get("tableName")+"_pkey"))
		}
		out = append(out, " PRIMARY KEY (", keys, ")")
		if space != "" {
			out = append(out, " USING INDEX TABLESPACE "+space)
		}
		out = append(out, how)
	}
	for _, k := range kids {
		con := k.one("constraints")
		if !con.has("references") && !con.has("referencedTableName") {
			continue
		}
		out = append(out, ", CONSTRAINT ", xmlName(con.attr("foreignKeyName")), " FOREIGN KEY (", xmlName(k.attr("name")), ") REFERENCES ")
		if con.has("references") {
			out = append(out, con.attr("references"))
		} else {
			out = append(out, w.relation(con, "referencedTableName"), "(", columns(con.attr("referencedColumnNames")), ")")
		}
		if con.yes("deleteCascade") {
			out = append(out, " ON DELETE CASCADE")
		}
		if con.yes("initiallyDeferred") {
			out = append(out, " INITIALLY DEFERRED")
		}
		if con.yes("deferrable") {
			out = append(out, " DEFERRABLE")
		}
	}
	out = append(out, unique)
	for _, n := range names {
		out = append(out, named[n], ")")
	}
	return out
}

// addColumn: first every column, then the constraints, then the values.
func (w *xmlSQL) addColumn(c *xmlElement) bool {
	kids := c.all("column")
	if !c.has("tableName") || len(kids) == 0 {
		return false
	}
	for _, k := range kids {
		is, serial := liquibaseType(k.get("type"))
		if is == "" {
			return false
		}
		rest, con := columnRest(k, is, serial), k.one("constraints")
		key := con.yes("primaryKey")
		required := key || strings.EqualFold(con.get("nullable"), "false")
		switch {
		case required && !key && columnValue(k) != "":
		case required && con.has("notNullConstraintName"):
			rest += " CONSTRAINT " + w.spelled(con.get("notNullConstraintName")) + " NOT NULL"
		case required:
			rest += " NOT NULL"
		}
		if key {
			rest += " PRIMARY KEY"
		}
		w.say(c, w.alter(c, "tableName"), "ADD ", xmlName(k.attr("name")), " "+is+rest)
	}
	for _, k := range kids {
		if con := k.one("constraints"); con.yes("unique") {
			name := []any{}
			if con.has("uniqueConstraintName") {
				name = []any{"CONSTRAINT ", xmlName(con.attr("uniqueConstraintName")), " "}
			}
			w.say(c, w.alter(c, "tableName"), "ADD ", name, "UNIQUE (", xmlName(k.attr("name")), ")")
		}
	}
	for _, k := range kids {
		if con := k.one("constraints"); con.has("references") || con.has("referencedTableName") {
			if !w.columnKey(c, k, con) {
				return false
			}
		}
	}
	for _, k := range kids {
		if v := columnValue(k); v != "" {
			w.say(c, "UPDATE ", w.relation(c, "tableName"), " SET ", xmlName(k.attr("name")), " = "+v)
		}
	}
	for _, k := range kids {
		con := k.one("constraints")
		if columnValue(k) != "" && !con.yes("primaryKey") && strings.EqualFold(con.get("nullable"), "false") {
			w.say(c, w.alter(c, "tableName"), "ALTER COLUMN ", xmlName(k.attr("name")), " SET NOT NULL")
		}
		if k.has("remarks") {
			w.columnRemarks(c, k, xmlName(k.attr("name")))
		}
	}
	return true
}

// columnKey adds the foreign key of a new column.
func (w *xmlSQL) columnKey(c, k, con *xmlElement) bool {
	of := []any{w.relation(con, "referencedTableName"), " (", columns(con.attr("referencedColumnNames")), ")"}
	if con.has("references") {
		table, cols, ok := strings.Cut(con.get("references"), "(")
		if !ok || strings.Contains(cols, ",") {
			return false // liquibase refuses it
		}
		of = []any{w.spelled(strings.TrimSpace(table)) + " (" + w.spelled(strings.TrimSpace(strings.TrimSuffix(cols, ")"))) + ")"}
	}
	cascade := map[bool]string{true: " ON DELETE CASCADE"}[con.yes("deleteCascade")]
	return w.say(c, w.alter(c, "tableName"), "ADD CONSTRAINT ", xmlName(con.attr("foreignKeyName")), " FOREIGN KEY (", xmlName(k.attr("name")), ") REFERENCES ", of, cascade)
}

// addedColumns takes the columns away: defaults first.
func (w *xmlSQL) addedColumns(c *xmlElement) bool {
	for _, k := range c.all("column") {
		if v, _ := xmlDefault(k, ""); v != "" {
			w.say(c, w.alter(c, "tableName"), "ALTER COLUMN ", xmlName(k.attr("name")), " DROP DEFAULT")
		}
	}
	return w.dropColumn(c)
}

func (w *xmlSQL) mergeColumns(c *xmlElement) bool {
	is, _ := liquibaseType(c.get("finalColumnType"))
	first, second, final := xmlName(c.attr("column1Name")), xmlName(c.attr("column2Name")), xmlName(c.attr("finalColumnName"))
	if is == "" || !c.has("tableName") {
		return false
	}
	w.say(c, w.alter(c, "tableName"), "ADD ", final, " "+is)
	w.say(c, "UPDATE ", w.relation(c, "tableName"), " SET ", final, " = ", first, " || '"+c.attr("joinString").is+"' || ", second)
	w.say(c, w.alter(c, "tableName"), "DROP COLUMN ", first)
	return w.say(c, w.alter(c, "tableName"), "DROP COLUMN ", second)
}

func (w *xmlSQL) addLookupTable(c *xmlElement) bool {
	if !c.has("constraintName") || c.has("newColumnDataType") && c.get("newColumnDataType") == "" {
		return false // liquibase makes up a name
	}
	from, to := xmlName(c.attr("existingColumnName")), xmlName(c.attr("newColumnName"))
	table := w.relation(c, "newTableName")
	w.say(c, "CREATE TABLE ", table, " AS SELECT DISTINCT ", from, " AS ", to, " FROM ", w.relation(c, "existingTableName"), " WHERE ", from, " IS NOT NULL")
	w.say(c, "ALTER TABLE ", table, " ALTER COLUMN ", to, " SET NOT NULL")
	w.say(c, "ALTER TABLE ", table, " ADD PRIMARY KEY (", to, ")")
	return w.say(c, w.alter(c, "existingTableName"), "ADD CONSTRAINT ", xmlName(c.attr("constraintName")), " FOREIGN KEY (", from, ") REFERENCES ", table, " (", to, ")")
}

func (w *xmlSQL) droppedLookupTable(c *xmlElement) bool {
	return w.dropConstraint(c, "existingTableName") && w.say(c, "DROP TABLE ", w.relation(c, "newTableName"))
}

func (w *xmlSQL) insert(c *xmlElement) bool {
	kids := c.all("column")
	if !c.has("tableName") || len(kids) == 0 {
		return false
	}
	parts := []any{"INSERT INTO ", w.relation(c, "tableName"), " ("}
	for i, k := range kids {
		parts = append(parts, map[bool]string{true: ", "}[i > 0], xmlName(k.attr("name")))
	}
	parts = append(parts, ") VALUES (")
	for i, k := range kids {
		parts = append(parts, map[bool]string{true: ", "}[i > 0], cmp.Or(w.inSchema(c, k), columnValue(k), "NULL"))
	}
	return w.say(c, parts, ")")
}

// inSchema is the next value of a sequence, which is looked for beside the table.
func (w *xmlSQL) inSchema(c, k *xmlElement) string {
	if s := k.get("valueSequenceNext"); s != "" && c.has("schemaName") {
		return "nextval('" + w.spelled(c.get("schemaName")) + "." + w.spelled(s) + "')"
	}
	return ""
}

// update writes columns in the order of their names, as liquibase does.
func (w *xmlSQL) update(c *xmlElement) bool {
	kids := c.all("column")
	if !c.has("tableName") || len(kids) == 0 {
		return false
	}
	slices.SortStableFunc(kids, func(a, b *xmlElement) int { return strings.Compare(a.get("name"), b.get("name")) })
	parts := []any{"UPDATE ", w.relation(c, "tableName"), " SET "}
	for i, k := range kids {
		parts = append(parts, map[bool]string{true: ", "}[i > 0], xmlName(k.attr("name")), " = "+cmp.Or(w.inSchema(c, k), columnValue(k), "NULL"))
	}
	return w.where(c, parts)
}

func (w *xmlSQL) delete(c *xmlElement) bool {
	return c.has("tableName") && w.where(c, []any{"DELETE FROM ", w.relation(c, "tableName")})
}

// where adds the condition. One with parameters is filled in by liquibase.
func (w *xmlSQL) where(c *xmlElement, head []any) bool {
	where := c.one("where")
	if len(c.all("whereParams")) > 0 {
		return false
	}
	if strings.TrimSpace(where.said()) == "" {
		return w.say(c, head...)
	}
	w.sayText(c, append(head, " WHERE "), where.text)
	return true
}
