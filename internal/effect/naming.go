package effect

import (
	"strings"
	"unicode/utf8"

	"github.com/safemig/safemig/internal/catalog"
)

// nameLen is NAMEDATALEN-1: identifiers are cut to so many bytes.
const nameLen = 63

// objectName joins the parts of a generated name, shortening the longer of the
// first two until it fits (makeObjectName, indexcmds.c).
func objectName(name1, name2, label string) string {
	over := 0
	if name2 != "" {
		over++
	}
	if label != "" {
		over += len(label) + 1
	}
	n1, n2 := len(name1), len(name2)
	for n1+n2 > nameLen-over {
		if n1 > n2 {
			n1--
		} else {
			n2--
		}
	}
	out := clip(name1, n1)
	if name2 != "" {
		out += "_" + clip(name2, n2)
	}
	if label != "" {
		out += "_" + label
	}
	return out
}

func clip(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// relationName chooses a name that no relation of the schema has
// (ChooseRelationName, indexcmds.c).
func relationName(c *catalog.Catalog, schema, name1, name2, label string) catalog.Name {
	for pass, l := 0, label; ; pass++ {
		n := catalog.Name{Schema: schema, Name: objectName(name1, name2, l)}
		if c.Lookup(n) == nil {
			return n
		}
		l = label + itoa(pass+1)
	}
}

// constraintName chooses a name that no constraint of the table has
// (ChooseConstraintName, pg_constraint.c).
func constraintName(r *catalog.Relation, column, label string) string {
	for pass, l := 0, label; ; pass++ {
		n := objectName(r.Name.Name, column, l)
		if _, taken := r.FindConstraint(n); !taken {
			return n
		}
		l = label + itoa(pass+1)
	}
}

// columnsPart is how index and foreign key names mention their columns
// (ChooseIndexNameAddition, indexcmds.c).
func columnsPart(cols []string) string {
	var b strings.Builder
	for i, c := range cols {
		if i > 0 {
			b.WriteByte('_')
		}
		b.WriteString(c)
		if b.Len() >= nameLen+1 {
			break
		}
	}
	return b.String()
}
