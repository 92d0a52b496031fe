package split

import (
	"strings"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
)

// afterDefault are the words that end a DEFAULT in the definition of a column.
var afterDefault = []string{"CONSTRAINT", "NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "GENERATED", "COLLATE"}

// serials are the types of the serial types.
var serials = map[string]string{"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
	"smallserial": "smallint", "serial2": "smallint"}

// addColumn is the way to a column on which nobody waits: first the column alone,
// then its values, then what they have to meet.
func (k *clause) addColumn() []step {
	e := k.effects[0]
	d, name := e.Detail, catalog.Quote(e.Column)
	switch {
	case d.Cause == effect.ByIdentity, d.Cause == effect.ByGenerated, d.Cause == effect.ByDomain:
		return k.leave("no sequence of statements makes such a column without a rewrite")
	case e.Detail.IfExists:
		return k.leave("IF NOT EXISTS: whether the column is there is not known")
	}
	typ, expr := d.Type, ""
	if d.Column.Default.Set && d.Cause != effect.BySerial {
		at, ok := k.s.Following(k.at, afterDefault, "DEFAULT")
		if !ok {
			return k.leave("where the default stands is not clear")
		}
		expr = k.s.OneLine(at)
	}
	first := step{does: "column", down: []string{k.head + "DROP COLUMN IF EXISTS " + name}}
	var sequence catalog.Name
	if d.Cause == effect.BySerial {
		typ = serials[strings.ToLower(d.Type)]
		if typ == "" {
			return k.leave("which type " + d.Type + " stands for is not known")
		}
		sequence = catalog.Name{Schema: e.Target.Schema, Name: clip(e.Target.Name, 29) + "_" + clip(e.Column, 29) + "_seq"}
		expr = "nextval('" + strings.ReplaceAll(sequence.String(), "'", "''") + "')"
		first.up = append(first.up, "CREATE SEQUENCE "+sequence.Short()+" AS "+typ)
	}
	add := k.head + "ADD COLUMN " + name + " " + typ
	if c := d.Column.Collation; c != "" {
		add += " COLLATE " + catalog.Quote(c)
	}
	fill := d.Cause == effect.BySerial || expr != "" && (d.Cause == effect.ByDefault || d.Volatile != catalog.No)
	switch {
	case fill:
		add += ", ALTER COLUMN " + name + " SET DEFAULT " + expr
	case expr != "":
		add += " DEFAULT " + expr
	}
	notNull := d.NotNull || d.Cause == effect.BySerial
	if notNull && !fill {
		add += " NOT NULL"
	}
	first.up = append(first.up, add)
	if d.Cause == effect.BySerial {
		first.up = append(first.up, "ALTER SEQUENCE "+sequence.Short()+" OWNED BY "+e.Target.Short()+"."+name)
	}
	constraints, keys, why := k.inline()
	if why != "" {
		return k.leave(why)
	}
	out := []step{first}
	if fill {
		out = append(out, k.fill(name, expr, name+" IS NULL"))
		if notNull {
			out = append(out, k.notNull(k.head, e.Column)...)
		}
	}
	for _, c := range constraints {
		if n := len(out); n == 1 && !fill {
			out[0].up = append(out[0].up, c[0].up...)
			out = append(out, c[1])
		} else if n > 1 && out[n-1].stage == validateStage {
			out[n-2].join(c[0])
			out[n-1].join(c[1])
		} else {
			out = append(out, c...)
		}
	}
	for _, key := range keys {
		kind := "UNIQUE"
		if key.Op == effect.AddPrimaryKey {
			kind = "PRIMARY KEY"
			if !notNull && fill {
				out = append(out, k.notNull(k.head, e.Column)...)
			}
		}
		steps := k.key(key, kind)
		for len(steps) > 2 { // NOT NULL is seen to
			steps = steps[1:]
		}
		out = append(out, steps...)
	}
	return out
}

// inline gives the constraints that stand in the definition of a new column.
func (k *clause) inline() (constraints [][]step, keys []effect.Effect, why string) {
	checks, refs := 0, 0
	for _, e := range k.effects {
		name := catalog.Quote(e.Object)
		switch e.Op {
		case effect.AddCheck:
			at, ok := k.s.Group(k.at, "CHECK")
			if checks++; !ok || checks > 1 {
				return nil, nil, "the column has several CHECKs: name them, and add each by itself"
			}
			constraints = append(constraints, constraintSteps(k.head, "ADD CONSTRAINT "+name+" CHECK "+k.s.OneLine(at), e.Object))
		case effect.AddForeignKey:
			at, ok := k.s.Following(k.at, []string{"CONSTRAINT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "DEFAULT", "GENERATED", "COLLATE", "NOT"}, "REFERENCES")
			if refs++; !ok || refs > 1 {
				return nil, nil, "the column has several REFERENCES: name them, and add each by itself"
			}
			constraints = append(constraints, constraintSteps(k.head,
				"ADD CONSTRAINT "+name+" FOREIGN KEY ("+catalog.Quote(k.effects[0].Column)+") REFERENCES "+k.s.OneLine(at), e.Object))
		case effect.AddUnique, effect.AddPrimaryKey:
			keys = append(keys, e)
		}
	}
	return constraints, keys, ""
}
