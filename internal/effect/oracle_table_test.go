package effect_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/verify"
)

const measuredFile = "../verify/measured.tsv"

// write puts what this run saw into the table, in place of what an earlier run on
// the major did.
func (o *oracle) write(fixtures []fixture) {
	old, err := verify.Measurements()
	if err != nil {
		o.t.Fatal(err)
	}
	var ids []string
	sql := map[string]string{}
	for i := range fixtures {
		for k := range fixtures[i].cases {
			c := &fixtures[i].cases[k]
			id := fixtures[i].id(c)
			ids, sql[id] = append(ids, id), statementText(c)
			if rows, had := old.Case(id).Rows(o.server.Major); had && chosenCases != nil && !chosenCases.MatchString(id) {
				o.table[id] = rows
			}
		}
	}
	old.Replace(o.server.Major, o.server.Version, ids, sql, o.table)
	if err := os.WriteFile(measuredFile, old.Encode(), 0o644); err != nil {
		o.t.Fatal(err)
	}
}

// statementText is what the table shows of a case.
func statementText(c *oracleCase) string {
	sql := strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimSpace(c.sql), ";")), " ")
	if c.session != "" {
		sql = strings.Join(strings.Fields(strings.TrimSpace(c.session)), " ") + " " + sql
	}
	return sql
}

// TestMeasuredTableAgrees holds the effects against what every major did when
// measured.tsv was made. It needs no server.
func TestMeasuredTableAgrees(t *testing.T) {
	m, err := verify.Measurements()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	fixtures := allFixtures(t)
	for i := range fixtures {
		f := &fixtures[i]
		for k := range f.cases {
			c := &f.cases[k]
			measured := m.Case(f.id(c))
			if measured == nil || measured.SQL != statementText(c) {
				t.Errorf("%s is not in %s: run SAFEMIG_ORACLE_CASES='%s' .ci/oracle", f.id(c), measuredFile, f.id(c))
				continue
			}
			before := n
			for _, v := range m.Majors() {
				o, ok := measured.Observation(v)
				if !ok {
					continue
				}
				n++
				for _, d := range verify.Compare(c.sql, predict(f.setup, c.session, c.sql, v), o) {
					t.Errorf("%s on %d: %s\n\t%s", f.id(c), v, strings.TrimSpace(c.sql), d)
				}
			}
			if n == before {
				t.Errorf("%s runs on no major: %s", f.id(c), strings.TrimSpace(c.sql))
			}
		}
	}
	t.Logf("%d measurements on %v", n, m.Versions())
	if n < 600*len(m.Majors()) || len(m.Majors()) == 0 {
		t.Errorf("%d measurements on %v: the table is not whole", n, m.Versions())
	}
}

// before is the catalog that a case begins with.
func (f *fixture) before(c *oracleCase, pg int) *catalog.Catalog {
	cat := catalog.New()
	replay(cat, f.setup+c.session, pg)
	return cat
}

// role says what a relation is to a statement.
func role(cat *catalog.Catalog, relation string, effects []effect.Effect) string {
	find := func(name string) *catalog.Relation {
		for _, r := range cat.Relations() {
			if r.Name.String() == name {
				return r
			}
		}
		return nil
	}
	r := find(relation)
	var target *catalog.Relation
	for _, e := range effects {
		if e.Kind == "" || e.Op == effect.Also || e.New && r == nil {
			continue
		}
		if e.Target.String() == relation {
			return "target"
		}
		if target == nil {
			target = find(e.Target.String())
		}
	}
	if r == nil {
		return ""
	}
	switch {
	case r.DefaultPart:
		return "default partition"
	case target != nil && slices.Contains(target.Parents, r.OID):
		return "parent"
	case r.IsPartition:
		return "partition"
	case len(r.Parents) > 0:
		return "child"
	case target != nil && refers(target, r):
		return "referenced"
	case target != nil && refers(r, target):
		return "referencing"
	}
	return string(r.Kind)
}

func refers(from, to *catalog.Relation) bool {
	return slices.ContainsFunc(from.Constraints, func(k catalog.Constraint) bool { return k.Kind == catalog.ForeignKey && k.Ref == to.OID })
}
