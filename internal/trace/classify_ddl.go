package trace

import (
	"bytes"
	"strings"
)

// ddl gives what a statement that changes the schema does.
func (c *classifier) ddl(first string) []Op {
	op := Op{Kind: OpDDL}
	words := []string{strings.ToUpper(first)}
	i := 1
	for i < len(c.toks) && c.toks[i].kind == tokWord && len(words) < 6 {
		w := string(bytes.ToUpper(c.toks[i].text))
		switch w {
		case "TEMP", "TEMPORARY":
			op.Temporary = true
			i++
			continue
		case "OR", "REPLACE", "GLOBAL", "LOCAL", "UNLOGGED", "RECURSIVE":
			i++
			continue
		case "UNIQUE", "MATERIALIZED", "FOREIGN", "EVENT", "ACCESS", "DEFAULT", "TEXT", "OPERATOR", "USER":
			words = append(words, w)
			i++
			continue
		}
		words = append(words, w)
		i++
		break
	}
	if i < len(c.toks) && c.toks[i].mark('(') { // REINDEX (CONCURRENTLY, VERBOSE) INDEX i
		args, next := c.arguments(i)
		for _, a := range args {
			if len(a) > 0 && a[0].is("concurrently") {
				op.Concurrently = len(a) < 2 || !a[1].is("false") && !a[1].is("off")
			}
		}
		i = next
		if i < len(c.toks) && c.toks[i].kind == tokWord && first == "reindex" {
			words = append(words, string(bytes.ToUpper(c.toks[i].text)))
			i++
		}
	}
	if c.is(i, "concurrently") {
		op.Concurrently = true
		i++
	}
	for k := i; k < len(c.toks) && k < i+8; k++ {
		if c.is(k, "if", "not", "exists") {
			op.IfNotExists = true
		}
	}
	op.Schema, op.Object, _ = c.relation(i)
	if first == "alter" {
		for k := i; k < len(c.toks); k++ {
			if c.is(k, "detach", "partition") {
				op.Concurrently = c.is(len(c.toks)-1, "concurrently")
			}
		}
	}
	op.What = strings.Join(words, " ")
	if op.Concurrently {
		op.What += " CONCURRENTLY"
	}
	switch {
	case first == "vacuum":
		return []Op{{Kind: OpOther}}
	case c.isTool(op):
		op.Kind, op.Table = OpSetup, op.Object
	case first == "create" && words[len(words)-1] == "DATABASE", first == "drop" && words[len(words)-1] == "DATABASE":
		return []Op{{Kind: OpOther}}
	}
	return []Op{op}
}

// isTool tells whether a statement makes a tool's own tables, or what stands on them.
func (c *classifier) isTool(op Op) bool {
	if tool(c.tables, op.Schema, op.Object) {
		return true
	}
	for i := 1; i < len(c.toks); i++ {
		if c.is(i, "on") && strings.Contains(op.What, "INDEX") {
			schema, name, _ := c.relation(i + 1)
			return tool(c.tables, schema, name)
		}
	}
	return false
}

func tool(t *Tables, schema, name string) bool {
	_, ok := t.find(schema, name)
	lower := strings.ToLower(name)
	return ok || setupTables[lower] || rowLocks[lower]
}
