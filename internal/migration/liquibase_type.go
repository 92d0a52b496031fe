package migration

import (
	"regexp"
	"strings"
)

// liquibaseType is the type that Liquibase makes of one in a changelog, and
// whether it counts by itself; "" where there is none.
func liquibaseType(described string) (is string, serial bool) {
	t := strings.TrimSpace(described)
	if t == "" || strings.Contains(t, "${") {
		return t, false
	}
	if rest, ok := strings.CutPrefix(t, "java.sql.Types."); ok && !strings.HasPrefix(rest, "OTHER") {
		t = rest
	}
	name, params, rest := t, "", ""
	if open := strings.IndexByte(t, '('); open > 0 {
		name, params = strings.TrimSpace(t[:open]), t[open+1:]
		params, rest, _ = strings.Cut(params, ")")
		params = typeParams(params)
	}
	name, array := strings.CutSuffix(name, "[]")
	word, more, _ := strings.Cut(strings.ToLower(name), " ")
	more = strings.TrimSpace(more + " " + strings.TrimSpace(rest))
	switch word {
	case "datetime", "smalldatetime", "datetime2":
		return "TIMESTAMP" + params + " WITHOUT TIME ZONE", false
	case "timestamp":
		return "TIMESTAMP" + params + " " + zone(more, "WITHOUT TIME ZONE"), false
	case "timestamptz":
		return "TIMESTAMP" + params + " WITH TIME ZONE", false
	case "time":
		return "time" + params + " " + strings.ToUpper(zone(more, "WITHOUT TIME ZONE")), false
	case "timetz":
		return "time" + params + " WITH TIME ZONE", false
	}
	if array || strings.HasPrefix(rest, "[]") {
		return strings.ToUpper(name) + "[]" + params, false
	}
	switch key := strings.TrimSpace(word + " " + more); {
	case liquibaseTypes[key] != "":
		return liquibaseTypes[key], strings.Contains(word, "serial")
	case liquibaseTypes[word] != "" && (more == "unsigned"):
		return liquibaseTypes[word], false
	case liquibaseSized[key] != "":
		return liquibaseSized[key] + params, false
	}
	return strings.ToUpper(name) + params + strings.TrimRight(" "+strings.TrimSpace(rest), " "), false
}

// zone is what is said of the time zone, or else.
func zone(said, or string) string {
	switch {
	case said == "":
		return or
	case strings.EqualFold(said, "with timezone"):
		return "WITH TIME ZONE"
	}
	return said
}

var lengthUnit = regexp.MustCompile(`(?i)\s+(char|byte)$`)

func typeParams(params string) string {
	words := strings.Split(params, ",")
	for i, w := range words {
		words[i] = lengthUnit.ReplaceAllString(strings.TrimSpace(w), "")
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// liquibaseTypes lose what stands in parentheses, liquibaseSized keep it.
var liquibaseTypes, liquibaseSized = map[string]string{}, map[string]string{}

func init() {
	for is, names := range map[string]string{
		"INTEGER": "int integer int4 serial", "BIGINT": "bigint int8 bigserial serial8", "SMALLINT": "smallint int2 tinyint smallserial",
		"MEDIUMINT": "mediumint", "TEXT": "text clob longtext mediumtext tinytext nclob ntext longvarchar longnvarchar",
		"OID": "blob oid", "BYTEA": "bytea longblob varbinary binary image longvarbinary tinyblob mediumblob",
		"BOOLEAN": "boolean bool", "DOUBLE PRECISION": "double", "date": "date",
		"UUID": "uuid uniqueidentifier", "XML": "xml xmltype",
	} {
		for _, n := range strings.Fields(names) {
			liquibaseTypes[n] = is
		}
	}
	for is, names := range map[string]string{
		"VARCHAR": "varchar varchar2 nvarchar nvarchar2", "CHAR": "char character bpchar", "NCHAR": "nchar",
		"DECIMAL": "decimal currency money", "numeric": "numeric number", "BIT": "bit",
	} {
		for _, n := range strings.Fields(names) {
			liquibaseSized[n] = is
		}
	}
	liquibaseTypes["double precision"], liquibaseSized["character varying"] = "DOUBLE PRECISION", "VARCHAR"
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
		column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
		current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in
		initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset
		on only or order outer overlaps placing primary references returning right select session_user similar some symmetric table tablesample
		then to trailing true union unique user using variadic verbose when where window with`) {
		liquibaseReserved[w] = true
	}
}

// liquibaseReserved are the words that Liquibase quotes.
var liquibaseReserved = map[string]bool{}

// xmlDefault is the default of a column, "" where it has none. sequence is the one
// that it counts with.
func xmlDefault(c *xmlElement, typ string) (is string, sequence xmlValue) {
	switch {
	case c.has("defaultValueSequenceNext"):
		return "nextval('" + c.get("defaultValueSequenceNext") + "')", c.attr("defaultValueSequenceNext")
	case c.has("defaultValueNumeric"):
		v := c.get("defaultValueNumeric")
		if strings.HasPrefix(v, "(") && strings.HasSuffix(v, ")") {
			v = v[1 : len(v)-1]
		}
		return v, sequence
	case c.has("defaultValueBoolean"):
		if strings.HasPrefix(typ, "VARCHAR") || typ == "TEXT" {
			return literal(strings.ToLower(c.get("defaultValueBoolean"))), sequence
		}
		return xmlBoolean(c.get("defaultValueBoolean")), sequence
	case c.has("defaultValueComputed"):
		return xmlComputed(c.get("defaultValueComputed")), sequence
	case c.has("defaultValueDate"):
		return xmlDate(c.get("defaultValueDate")), sequence
	}
	for _, a := range c.attrs {
		if a.name != "defaultValue" {
			continue
		}
		switch v := a.is; {
		case strings.EqualFold(v, "null"):
			return "null", sequence
		case typ == "INTEGER", typ == "BIGINT", typ == "SMALLINT", strings.HasPrefix(typ, "numeric"), strings.HasPrefix(typ, "DECIMAL"):
			return v, sequence
		case typ == "BOOLEAN":
			return xmlBoolean(v), sequence
		case isCall.MatchString(v) && (strings.HasPrefix(typ, "TIMESTAMP") || typ == "date" || typ == "UUID"):
			return v, sequence
		default:
			return literal(v), sequence
		}
	}
	return "", sequence
}

// columnValue is the value that a column gets, "" where it gets none.
func columnValue(k *xmlElement) string {
	switch {
	case k.has("valueNumeric"):
		return k.get("valueNumeric")
	case k.has("valueBoolean"):
		return xmlBoolean(k.get("valueBoolean"))
	case k.has("valueComputed"):
		return xmlComputed(k.get("valueComputed"))
	case k.has("valueDate"):
		return xmlDate(k.get("valueDate"))
	case k.has("valueSequenceNext"):
		return "nextval('" + k.get("valueSequenceNext") + "')"
	}
	for _, a := range k.attrs {
		if a.name == "value" {
			if strings.EqualFold(a.is, "null") {
				return "NULL"
			}
			return literal(a.is)
		}
	}
	if text := strings.TrimSpace(k.said()); text != "" {
		return literal(text)
	}
	return ""
}

func xmlBoolean(v string) string {
	if strings.EqualFold(v, "true") || v == "1" {
		return "TRUE"
	}
	return "FALSE"
}

// xmlComputed: liquibase has one function for the time.
func xmlComputed(v string) string {
	if strings.EqualFold(v, "now()") || strings.EqualFold(v, "current_timestamp") {
		return "NOW()"
	}
	return v
}

var xmlMoment = regexp.MustCompile(`^\d[\d:.T -]*$`)

// xmlDate: what is no date is a function.
func xmlDate(v string) string {
	if !xmlMoment.MatchString(v) {
		return xmlComputed(v)
	}
	return literal(strings.Replace(v, "T", " ", 1))
}
