package effect

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// sqlBody gives the statements of an SQL function's string body; one that does
// not parse has none.
func (o *of) sqlBody(body string) []*pg_query.Node {
	sec := migration.Section{File: o.s.Section.File, Text: []byte(body)}
	var out []*pg_query.Node
	for _, s := range pgsql.Parse(&sec) {
		if s.Node == nil {
			return nil
		}
		out = append(out, s.Node)
	}
	return out
}

// atomicBody gives the statements of a BEGIN ATOMIC or RETURN body.
func atomicBody(n *pg_query.Node) []*pg_query.Node {
	if n.GetList() == nil {
		return []*pg_query.Node{n}
	}
	var out []*pg_query.Node
	for _, item := range n.GetList().Items {
		out = append(out, atomicBody(item)...)
	}
	return out
}

// storedQuery records the locks of a query that is parsed and rewritten, but
// not run: as the further relations of the function that holds it.
func (o *of) storedQuery(n *pg_query.Node) {
	q := &query{o: o}
	if r := n.GetReturnStmt(); r != nil {
		q.expr(r.Returnval, &scope{})
	} else {
		q.run(n, nil)
	}
	before := len(o.out)
	q.emit(CreateFunction, analyzed)
	for i := before; i < len(o.out); i++ {
		e := &o.out[i]
		e.Op, e.Via, e.Detail, e.Change = Also, CreateFunction, Detail{}, nil
	}
}

// checksBodies tells whether check_function_bodies is on, as it is unless set.
func (o *of) checksBodies() bool {
	v, ok := o.c.Setting("check_function_bodies")
	if !ok {
		return true
	}
	switch strings.ToLower(v) {
	case "off", "false", "no", "0", "of", "f", "n":
		return false
	}
	return true
}

// polymorphic tells whether an argument is of a polymorphic type: the server
// then only looks at the syntax of the body.
func polymorphic(params []*pg_query.Node) bool {
	for _, p := range params {
		_, name := qualified(p.GetFunctionParameter().GetArgType().GetNames())
		if strings.HasPrefix(name, "any") && name != "any" {
			return true
		}
	}
	return false
}
