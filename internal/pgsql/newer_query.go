package pgsql

import "strings"

// query rewrites what is newer in SELECT, MERGE and RETURNING, wherever it
// stands.
func (r *rewriter) query() {
	merge := -1 // the parenthesis depth at which a MERGE stands
	depth := 0
	for i := 0; i < len(r.toks); i++ {
		switch {
		case r.has(i, "("):
			depth++
		case r.has(i, ")"):
			if depth--; depth < merge {
				merge = -1
			}
		case r.has(i, "MERGE", "INTO"):
			merge = depth
		case r.has(i, "NOT", "MATCHED", "BY", "SOURCE"):
			r.replace(i, i+4, "MATCHED")
			r.mark(i, i+4, Newer{Since: 17, Kind: KindMergeBySource, What: "NOT MATCHED BY SOURCE", Clause: -1})
		case r.has(i, "NOT", "MATCHED", "BY", "TARGET"):
			r.replace(i, i+4, "NOT MATCHED")
			r.mark(i, i+4, Newer{Since: 17, Kind: KindMergeByTarget, What: "NOT MATCHED BY TARGET", Clause: -1})
		case r.has(i, "RETURNING") && merge == depth:
			end := r.each(i, len(r.toks), func(int) bool { return true })
			r.replace(i, end, "")
			r.mark(i, i+1, Newer{Since: 17, Kind: KindMergeReturning, What: "MERGE … RETURNING", Clause: -1})
			i = end - 1
		case r.has(i, "RETURNING", "WITH", "(") && (r.has(i+3, "OLD", "AS") || r.has(i+3, "NEW", "AS")):
			end := min(r.closing(i+2)+1, len(r.toks))
			r.replace(i+1, end, "")
			r.mark(i, end, Newer{Since: 18, Kind: KindReturningWith, What: "RETURNING WITH", Clause: -1})
		case r.toks[i].kind == tokWord && r.has(i+1, "("):
			r.json(i)
		case r.has(i, "AT", "LOCAL"):
			r.replace(i, i+2, "")
			r.mark(i, i+2, Newer{Since: 17, Kind: KindOther, What: "AT LOCAL", Clause: -1})
		case r.has(i, "GROUP", "BY", "ALL"):
			r.replace(i, i+3, "")
			r.mark(i, i+3, Newer{Since: 19, Kind: KindOther, What: "GROUP BY ALL", Clause: -1})
		}
	}
}

// json rewrites the SQL/JSON function at token i to a plain call: JSON_TABLE
// keeps its first argument, the others theirs up to the first clause.
func (r *rewriter) json(i int) {
	t := r.toks[i]
	name := strings.ToUpper(string(r.src[t.start:t.end]))
	n := Newer{Since: 17, Kind: KindSQLJSON, What: name, Clause: -1}
	end := r.closing(i + 1)
	from := end
	switch name {
	case "JSON_TABLE":
		n.Kind = KindJSONTable
		from = r.each(i+2, end, func(j int) bool { return !r.has(j, ",") && !r.has(j, "FORMAT", "JSON") })
	case "JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON", "JSON_SCALAR", "JSON_SERIALIZE":
		from = r.each(i+2, end, func(j int) bool {
			for _, clause := range [][]string{
				{"FORMAT", "JSON"}, {"PASSING"}, {"RETURNING"}, {"WITH", "UNIQUE"}, {"WITHOUT", "UNIQUE"}, {"WITH"}, {"WITHOUT"},
				{"KEEP", "QUOTES"}, {"OMIT", "QUOTES"}, {"ERROR", "ON"}, {"NULL", "ON"}, {"TRUE", "ON"}, {"FALSE", "ON"},
				{"UNKNOWN", "ON"}, {"EMPTY"}, {"DEFAULT"},
			} {
				if j > i+2 && r.has(j, clause...) {
					return false
				}
			}
			return true
		})
	default:
		return
	}
	if from < end {
		r.replace(from, end, "")
		r.mark(i, min(end+1, len(r.toks)), n)
	}
}
