package migration

import (
	"regexp"
	"slices"
	"strings"
)

// liquibaseChanges write the SQL that Liquibase 4.31.1 makes of its changes for
// PostgreSQL, as testdata/liquibase has it; false: it is not known. Changes that
// are not here (loadData, customChange, executeCommand) are opaque.
var liquibaseChanges map[string]func(w *xmlSQL, c *xmlElement) bool

// liquibaseOpposites write what Liquibase runs to undo a change whose changeset
// has no <rollback>; false: it refuses to.
var liquibaseOpposites map[string]func(w *xmlSQL, c *xmlElement) bool

func init() { // the tables refer to functions that refer to them
	liquibaseChanges = map[string]func(w *xmlSQL, c *xmlElement) bool{
		"sql": (*xmlSQL).sql, "sqlFile": (*xmlSQL).sqlFile, "createProcedure": (*xmlSQL).procedure,
		"createTable": (*xmlSQL).createTable, "addColumn": (*xmlSQL).addColumn,
		"dropColumn": (*xmlSQL).dropColumn, "mergeColumns": (*xmlSQL).mergeColumns, "addLookupTable": (*xmlSQL).addLookupTable,
		"createIndex": (*xmlSQL).createIndex, "addForeignKeyConstraint": (*xmlSQL).addForeignKey,
		"addUniqueConstraint": (*xmlSQL).addUnique, "addPrimaryKey": (*xmlSQL).addPrimaryKey,
		"addNotNullConstraint": (*xmlSQL).addNotNull, "addDefaultValue": (*xmlSQL).addDefault,
		"addAutoIncrement": (*xmlSQL).addAutoIncrement, "modifyDataType": (*xmlSQL).modifyDataType,
		"createView": (*xmlSQL).createView, "createSequence": (*xmlSQL).createSequence, "alterSequence": (*xmlSQL).alterSequence,
		"insert": (*xmlSQL).insert, "update": (*xmlSQL).update, "delete": (*xmlSQL).delete,
		"dropTable": func(w *xmlSQL, c *xmlElement) bool {
			return w.drop(c, "TABLE ", "tableName", map[bool]string{true: " CASCADE"}[c.yes("cascadeConstraints")])
		},
		"dropSequence": func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "SEQUENCE ", "sequenceName", " CASCADE") },
		"dropIndex":    func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "INDEX ", "indexName", "") },
		"dropView": func(w *xmlSQL, c *xmlElement) bool {
			return w.drop(c, map[bool]string{true: "VIEW IF EXISTS ", false: "VIEW "}[c.yes("ifExists")], "viewName", "")
		},
		"dropProcedure":            func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "PROCEDURE ", "procedureName", "") },
		"dropPrimaryKey":           func(w *xmlSQL, c *xmlElement) bool { return w.dropConstraint(c, "tableName") },
		"dropUniqueConstraint":     func(w *xmlSQL, c *xmlElement) bool { return w.dropConstraint(c, "tableName") },
		"dropForeignKeyConstraint": func(w *xmlSQL, c *xmlElement) bool { return w.dropConstraint(c, "baseTableName") },
		"dropNotNullConstraint":    func(w *xmlSQL, c *xmlElement) bool { return w.column(c, "ALTER COLUMN ", " DROP NOT NULL") },
		"dropDefaultValue":         func(w *xmlSQL, c *xmlElement) bool { return w.column(c, "ALTER COLUMN ", " DROP DEFAULT") },
		"renameColumn": func(w *xmlSQL, c *xmlElement) bool {
			return w.rename(c, "TABLE ", "tableName", " RENAME COLUMN ", "oldColumnName", "newColumnName")
		},
		"renameTable":      func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "TABLE ", "Table", false) },
		"renameView":       func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "TABLE ", "View", false) },
		"renameSequence":   func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "SEQUENCE ", "Sequence", false) },
		"setTableRemarks":  func(w *xmlSQL, c *xmlElement) bool { return w.remarks(c, c, "TABLE ", w.relation(c, "tableName")) },
		"setColumnRemarks": func(w *xmlSQL, c *xmlElement) bool { return w.columnRemarks(c, c, xmlName(c.attr("columnName"))) },
	}
	liquibaseOpposites = map[string]func(w *xmlSQL, c *xmlElement) bool{
		"createTable":    func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "TABLE ", "tableName", "") },
		"createSequence": func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "SEQUENCE ", "sequenceName", " CASCADE") },
		"createView":     func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "VIEW ", "viewName", "") },
		"createIndex":    func(w *xmlSQL, c *xmlElement) bool { return w.drop(c, "INDEX ", "indexName", "") },
		"addColumn":      (*xmlSQL).addedColumns,
		"addForeignKeyConstraint": func(w *xmlSQL, c *xmlElement) bool {
			return w.dropConstraint(c, "baseTableName")
		},
		"addUniqueConstraint": func(w *xmlSQL, c *xmlElement) bool { return w.dropConstraint(c, "tableName") },
		"addPrimaryKey": func(w *xmlSQL, c *xmlElement) bool {
			if !c.has("constraintName") {
				w.unknown(c) // it asks the server for the name
				return true
			}
			return w.dropConstraint(c, "tableName")
		},
		"addNotNullConstraint": func(w *xmlSQL, c *xmlElement) bool { return w.column(c, "ALTER COLUMN ", " DROP NOT NULL") },
		"dropNotNullConstraint": func(w *xmlSQL, c *xmlElement) bool {
			return w.column(c, "ALTER COLUMN ", " SET NOT NULL")
		},
		"addDefaultValue": func(w *xmlSQL, c *xmlElement) bool { return w.column(c, "ALTER COLUMN ", " DROP DEFAULT") },
		"renameColumn": func(w *xmlSQL, c *xmlElement) bool {
			return w.rename(c, "TABLE ", "tableName", " RENAME COLUMN ", "newColumnName", "oldColumnName")
		},
		"renameTable":    func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "TABLE ", "Table", true) },
		"renameView":     func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "TABLE ", "View", true) },
		"renameSequence": func(w *xmlSQL, c *xmlElement) bool { return w.renameRelation(c, "SEQUENCE ", "Sequence", true) },
		"addLookupTable": (*xmlSQL).droppedLookupTable,
	}
}

// relation is the name of a relation: schemaName stands beside tableName,
// baseTableSchemaName beside baseTableName.
func (w *xmlSQL) relation(c *xmlElement, name string) []any {
	schema := "schemaName"
	if prefix, ok := strings.CutSuffix(name, "TableName"); ok {
		schema = prefix + "TableSchemaName"
	}
	return qualified(c.attr(schema), c.attr(name))
}

func qualified(schema, name xmlValue) []any {
	if strings.TrimSpace(schema.is) == "" {
		return []any{xmlName(name)}
	}
	return []any{xmlName(schema), ".", xmlName(name)}
}

// columns is a list of columns, with what stands between.
func columns(v xmlValue) []any {
	var out []any
	for i, n := range listed(v) {
		if i > 0 {
			out = append(out, ", ")
		}
		out = append(out, n)
	}
	return out
}

// listed takes a list apart.
func listed(v xmlValue) []xmlName {
	var out []xmlName
	off := 0
	for _, word := range strings.Split(v.is, ",") {
		name := strings.TrimSpace(word)
		one := xmlName{is: name, at: v.at, in: v.in}
		if v.at.Len() == len(v.is) {
			one.at.Start = v.at.Start + off + strings.Index(word, name)
			one.at.End = one.at.Start + len(name)
		}
		out = append(out, one)
		off += len(word) + 1
	}
	return out
}

func (w *xmlSQL) alter(c *xmlElement, table string) []any {
	return []any{"ALTER TABLE ", w.relation(c, table), " "}
}

func (w *xmlSQL) drop(c *xmlElement, kind, name, how string) bool {
	if !c.has(name) {
		return false
	}
	return w.say(c, "DROP "+kind, w.relation(c, name), how)
}

func (w *xmlSQL) dropConstraint(c *xmlElement, table string) bool {
	return c.has(table) && c.has("constraintName") && w.say(c, w.alter(c, table), "DROP CONSTRAINT ", xmlName(c.attr("constraintName")))
}

// column changes a property of a column.
func (w *xmlSQL) column(c *xmlElement, verb string, rest ...any) bool {
	return c.has("tableName") && c.has("columnName") && w.say(c, w.alter(c, "tableName"), verb, xmlName(c.attr("columnName")), rest)
}

func (w *xmlSQL) rename(c *xmlElement, kind, of, verb, from, to string) bool {
	return c.has(of) && c.has(from) && c.has(to) &&
		w.say(c, "ALTER "+kind, w.relation(c, of), verb, xmlName(c.attr(from)), " TO ", xmlName(c.attr(to)))
}

func (w *xmlSQL) renameRelation(c *xmlElement, kind, what string, back bool) bool {
	from, to := c.attr("old"+what+"Name"), c.attr("new"+what+"Name")
	if back {
		from, to = to, from
	}
	return from.is != "" && to.is != "" && w.say(c, "ALTER "+kind, qualified(c.attr("schemaName"), from), " RENAME TO ", xmlName(to))
}

func (w *xmlSQL) dropColumn(c *xmlElement) bool {
	if c.has("columnName") {
		return w.column(c, "DROP COLUMN ")
	}
	for _, k := range c.all("column") {
		w.say(c, w.alter(c, "tableName"), "DROP COLUMN ", xmlName(k.attr("name")))
	}
	return c.has("tableName") && len(c.kids) > 0
}

func (w *xmlSQL) createIndex(c *xmlElement) bool {
	if !c.has("tableName") || len(c.all("column")) == 0 {
		return false
	}
	parts := []any{"CREATE ", map[bool]string{true: "UNIQUE "}[c.yes("unique")], "INDEX "}
	if c.has("indexName") {
		parts = append(parts, xmlName(c.attr("indexName")), " ")
	}
	parts = append(parts, "ON ", w.relation(c, "tableName"), "(")
	for i, k := range c.all("column") {
		if i > 0 {
			parts = append(parts, ", ")
		}
		if name := k.attr("name"); k.yes("computed") || strings.Contains(name.is, "(") {
			parts = append(parts, name)
		} else {
			parts = append(parts, xmlName(name))
		}
		if k.yes("descending") {
			parts = append(parts, " DESC")
		}
	}
	return w.say(c, parts, ")", tablespace(c, " TABLESPACE "))
}

func tablespace(c *xmlElement, word string) []any {
	if !c.has("tablespace") {
		return nil
	}
	return []any{word, c.attr("tablespace")}
}

func (w *xmlSQL) addForeignKey(c *xmlElement) bool {
	if !c.has("baseTableName") || !c.has("baseColumnNames") || !c.has("referencedTableName") || !c.has("referencedColumnNames") {
		return false
	}
	parts := []any{w.alter(c, "baseTableName"), "ADD CONSTRAINT ", xmlName(c.attr("constraintName")), " FOREIGN KEY (", columns(c.attr("baseColumnNames")),
		") REFERENCES ", w.relation(c, "referencedTableName"), " (", columns(c.attr("referencedColumnNames")), ")"}
	if c.has("onUpdate") {
		parts = append(parts, " ON UPDATE ", c.attr("onUpdate"))
	}
	if c.has("onDelete") && !c.has("deleteCascade") {
		parts = append(parts, " ON DELETE ", c.attr("onDelete"))
	}
	return w.say(c, parts, deferred(c, " DEFERRABLE", " INITIALLY DEFERRED"), notValid(c))
}

func deferred(c *xmlElement, deferrable, initially string) string {
	var out string
	if c.yes("deferrable") {
		out = deferrable
	}
	if c.yes("initiallyDeferred") {
		out += initially
	}
	return out
}

func notValid(c *xmlElement) string {
	if strings.EqualFold(c.get("validate"), "false") {
		return " NOT VALID"
	}
	return ""
}

// constraint begins ADD CONSTRAINT, with a name if it has one.
func (w *xmlSQL) constraint(c *xmlElement) []any {
	add := w.alter(c, "tableName")
	if c.has("constraintName") {
		return append(add, "ADD CONSTRAINT ", xmlName(c.attr("constraintName")), " ")
	}
	return append(add, "ADD ")
}

func (w *xmlSQL) addUnique(c *xmlElement) bool {
	if !c.has("tableName") || !c.has("columnNames") {
		return false
	}
	parts := []any{w.constraint(c), "UNIQUE (", columns(c.attr("columnNames")), ")", deferred(c, " DEFERRABLE", " INITIALLY DEFERRED")}
	if c.has("forIndexName") {
		parts = append(parts, " USING INDEX ", xmlName(c.attr("forIndexName")))
	}
	return w.say(c, parts, tablespace(c, map[bool]string{true: " TABLESPACE ", false: " USING INDEX TABLESPACE "}[c.has("forIndexName")]))
}

func (w *xmlSQL) addPrimaryKey(c *xmlElement) bool {
	return c.has("tableName") && c.has("columnNames") &&
		w.say(c, w.constraint(c), "PRIMARY KEY (", columns(c.attr("columnNames")), ")", tablespace(c, " USING INDEX TABLESPACE "))
}

func (w *xmlSQL) addNotNull(c *xmlElement) bool {
	if c.has("defaultNullValue") {
		is := "'" + strings.ReplaceAll(c.get("defaultNullValue"), "'", "''") + "'"
		if v := c.get("defaultNullValue"); isCall.MatchString(v) {
			is = v
		} else if strings.EqualFold(c.get("columnDataType"), "boolean") {
			is = strings.ToUpper(is)
		}
		name := xmlName(c.attr("columnName"))
		w.say(c, "UPDATE ", w.relation(c, "tableName"), " SET ", name, " = "+is+" WHERE ", name, " IS NULL")
	}
	return w.column(c, "ALTER COLUMN ", " SET NOT NULL")
}

// isCall knows a call of a function without arguments.
var isCall = regexp.MustCompile(`^\w+\(\)$`)

func (w *xmlSQL) addDefault(c *xmlElement) bool {
	is, sequence := xmlDefault(c, "")
	if is == "" || !w.column(c, "ALTER COLUMN ", " SET DEFAULT "+is) {
		return false
	}
	if sequence.is != "" {
		w.say(c, "ALTER SEQUENCE ", xmlName(sequence), " OWNED BY ", w.relation(c, "tableName"), ".", xmlName(c.attr("columnName")))
	}
	return true
}

func (w *xmlSQL) addAutoIncrement(c *xmlElement) bool {
	table, column := c.attr("tableName"), c.attr("columnName")
	if table.is == "" || column.is == "" {
		return false
	}
	name := table
	name.is = table.is + "_" + column.is + "_seq"
	sequence := []any{w.spelled(name.is)}
	plain := w.spelled(name.is)
	if c.has("schemaName") {
		sequence = append([]any{xmlName(c.attr("schemaName")), "."}, sequence...)
		plain = w.spelled(c.get("schemaName")) + "." + plain
	}
	options := ""
	if c.has("startWith") {
		options += " START WITH " + c.get("startWith")
	}
	if c.has("incrementBy") {
		options += " INCREMENT BY " + c.get("incrementBy")
	}
	w.say(c, "CREATE SEQUENCE  IF NOT EXISTS ", sequence, options)
	w.column(c, "ALTER COLUMN ", " SET NOT NULL")
	w.column(c, "ALTER COLUMN ", " SET DEFAULT nextval('"+plain+"')")
	return w.say(c, "ALTER SEQUENCE ", sequence, " OWNED BY ", w.relation(c, "tableName"), ".", xmlName(column))
}

// spelled is a name that is not in the file, quoted where it must be.
func (w *xmlSQL) spelled(name string) string {
	if w.quotes(name) {
		return `"` + name + `"`
	}
	return name
}

func (w *xmlSQL) modifyDataType(c *xmlElement) bool {
	is, _ := liquibaseType(c.get("newDataType"))
	name := xmlName(c.attr("columnName"))
	return is != "" && w.column(c, "ALTER COLUMN ", " TYPE "+is+" USING (", name, "::"+is+")")
}

func (w *xmlSQL) createSequence(c *xmlElement) bool {
	return c.has("sequenceName") && w.say(c, "CREATE SEQUENCE  IF NOT EXISTS ", w.relation(c, "sequenceName"), sequenceOptions(c))
}

func (w *xmlSQL) alterSequence(c *xmlElement) bool {
	return c.has("sequenceName") && w.say(c, "ALTER SEQUENCE ", w.relation(c, "sequenceName"), sequenceOptions(c))
}

func sequenceOptions(c *xmlElement) string {
	var b strings.Builder
	for _, o := range []struct{ attr, words string }{{"dataType", " AS "}, {"startValue", " START WITH "}, {"incrementBy", " INCREMENT BY "},
		{"minValue", " MINVALUE "}, {"maxValue", " MAXVALUE "}, {"cacheSize", " CACHE "}} {
		if v := c.get(o.attr); v != "" {
			if o.attr == "cacheSize" && v == "0" {
				v = "1"
			}
			b.WriteString(o.words + v)
		}
	}
	if c.yes("ordered") {
		b.WriteString(" ORDER") // which PostgreSQL refuses
	}
	switch {
	case c.yes("cycle"):
		b.WriteString(" CYCLE")
	case c.has("cycle") && c.name == "alterSequence":
		b.WriteString(" NO CYCLE")
	}
	return b.String()
}

func (w *xmlSQL) createView(c *xmlElement) bool {
	if !c.has("viewName") || c.has("path") || strings.TrimSpace(c.said()) == "" {
		return false
	}
	text := slices.Clone(c.text)
	head := []any{"CREATE ", map[bool]string{true: "OR REPLACE "}[c.yes("replaceIfExists")], "VIEW ", w.relation(c, "viewName"), " AS "}
	if c.yes("fullDefinition") {
		head = nil
		if c.yes("replaceIfExists") {
			return false // liquibase rewrites it
		}
	}
	w.sayText(c, head, text)
	return !c.has("remarks") || w.remarks(c, c, "VIEW ", w.relation(c, "viewName"))
}

// sayText writes a statement that ends in the author's text.
func (w *xmlSQL) sayText(c *xmlElement, head []any, text []xmlValue) {
	n := len(w.out.text)
	w.say(c, head, "")
	w.out.text = w.out.text[:len(w.out.text)-len(";\n")]
	w.out.segs = w.out.segs[:len(w.out.segs)-1]
	for _, t := range text {
		w.out.value(t)
	}
	if t := strings.TrimSpace(string(w.out.text[n:])); strings.HasSuffix(t, ";") {
		w.out.made("\n", c.at.End)
		return
	}
	w.end(c)
}

func (w *xmlSQL) procedure(c *xmlElement) bool {
	return !c.has("path") && c.said() != "" && w.sql(c)
}

func (w *xmlSQL) remarks(at, c *xmlElement, kind string, of []any) bool {
	return w.say(at, "COMMENT ON "+kind, of, " IS "+literal(oneLine(c.attr("remarks").is)))
}

func (w *xmlSQL) columnRemarks(at, c *xmlElement, column xmlName) bool {
	return w.remarks(at, c, "COLUMN ", append(w.relation(at, "tableName"), ".", column))
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
