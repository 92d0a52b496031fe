package pgsql

import (
	"bytes"
	"sort"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

// Newer is a piece of syntax that the parser's grammar (PostgreSQL 16) does not
// have. The statement's Node is the tree of an equivalent that it has; what the
// equivalent cannot say is here.
type Newer struct {
	Span  migration.Span // in Section.File
	Since int            // first major that has it
	Kind  string         // one of the Kind constants
	What  string         // "VIRTUAL generated column"

	Clause       int    // index of the ALTER TABLE action it stands in, -1 elsewhere
	Name         string // of the constraint, "" when it has none
	Column       string // of the column, for what concerns one
	NotValid     bool
	NoInherit    bool
	Concurrently bool                 // REPACK
	Relations    []*pg_query.RangeVar // MERGE PARTITIONS: the parts, then the new one; SPLIT PARTITION: the old one, then the parts
}

// The kinds of newer syntax, and what stands in Node for each.
const (
	KindVirtual             = "virtual"               // 18, GENERATED ALWAYS AS (…) [VIRTUAL]: a STORED column
	KindNotNull             = "not-null-constraint"   // 18, [CONSTRAINT n] NOT NULL c [NO INHERIT] [NOT VALID]: ALTER COLUMN c SET NOT NULL; in CREATE TABLE NOT NULL on the column
	KindNotNullNoInherit    = "not-null-no-inherit"   // 18, NOT NULL NO INHERIT on a column: NOT NULL
	KindNotEnforced         = "not-enforced"          // 18, on CHECK and FOREIGN KEY: NOT VALID as a table constraint, nothing on a column
	KindEnforced            = "enforced"              // 18, the default: nothing
	KindAlterEnforced       = "alter-enforced"        // 18, ALTER CONSTRAINT n ENFORCED: ALTER CONSTRAINT n
	KindAlterNotEnforced    = "alter-not-enforced"    // 18, ALTER CONSTRAINT n NOT ENFORCED: ALTER CONSTRAINT n
	KindAlterInherit        = "alter-inherit"         // 18, ALTER CONSTRAINT n INHERIT: ALTER CONSTRAINT n
	KindAlterNoInherit      = "alter-no-inherit"      // 18, ALTER CONSTRAINT n NO INHERIT: ALTER CONSTRAINT n
	KindWithoutOverlaps     = "without-overlaps"      // 18, in PRIMARY KEY and UNIQUE: a plain column; the index is GiST
	KindPeriod              = "period"                // 18, in FOREIGN KEY: a plain column
	KindSetExpression       = "set-expression"        // 17, ALTER c SET EXPRESSION AS (x): ALTER c TYPE "?" USING (x)
	KindAccessMethodDefault = "access-method-default" // 17, SET ACCESS METHOD DEFAULT: SET ACCESS METHOD "default"
	KindStatisticsDefault   = "statistics-default"    // 17, SET STATISTICS DEFAULT: SET STATISTICS -1
	KindDomainNotNull       = "domain-not-null"       // 17, ALTER DOMAIN d ADD [CONSTRAINT n] NOT NULL: ALTER DOMAIN d SET NOT NULL
	KindMergePartitions     = "merge-partitions"      // 19, MERGE PARTITIONS (a, b) INTO c: DETACH PARTITION of the first
	KindSplitPartition      = "split-partition"       // 19, SPLIT PARTITION a INTO (…): DETACH PARTITION a
	KindRepack              = "repack"                // 19, REPACK: VACUUM FULL; with USING INDEX: CLUSTER
	KindVacuumOnly          = "vacuum-only"           // 18, VACUUM and ANALYZE ONLY t: t with Inh false
	KindMergeReturning      = "merge-returning"       // 17, MERGE … RETURNING: nothing
	KindMergeBySource       = "merge-by-source"       // 17, WHEN NOT MATCHED BY SOURCE: WHEN MATCHED
	KindMergeByTarget       = "merge-by-target"       // 17, WHEN NOT MATCHED BY TARGET: WHEN NOT MATCHED
	KindReturningWith       = "returning-with"        // 18, RETURNING WITH (OLD AS o, NEW AS n): nothing
	KindJSONTable           = "json-table"            // 17, JSON_TABLE(x, …): the function json_table(x)
	KindSQLJSON             = "sql-json"              // 17, JSON_VALUE(x, path …) and its like: the function json_value(x, path)
	KindOther               = "other"                 // AT LOCAL, GROUP BY ALL, …: nothing that a lock or the schema depends on
)

// edit replaces src[start:end].
type edit struct {
	start, end int
	with       string
}

// rewriter collects what turns a statement into its equivalent.
type rewriter struct {
	src   []byte // the section's text
	toks  []token
	edits []edit
	found []Newer // Span in src
	after []func(*pg_query.Node)
	start int // of the statement
	end   int
}

// rewrite parses a statement that the grammar refuses as its equivalent. The
// error is nil when it did; otherwise it is the parser's about the rest, or nil
// with ok false where nothing newer was found.
func rewrite(sec *migration.Section, src []byte, p piece) (s Statement, ok bool, err error) {
	r := &rewriter{src: src, toks: tokens(src, p.start, p.end), start: p.start, end: p.end}
	r.table()
	r.query()
	r.maintenance()
	if len(r.found) == 0 {
		return Statement{}, false, nil
	}
	text, locs := r.text()
	raw, err := rawParse(text)
	if err != nil {
		if pe, is := err.(*parserError); is && pe.offset >= 0 {
			pe.offset = locs.Offset(pe.offset) - (p.start - 1)
		}
		return Statement{}, false, err
	}
	if len(raw) != 1 {
		return Statement{}, false, nil
	}
	for _, fn := range r.after {
		fn(raw[0].Stmt)
	}
	for i := range r.found {
		r.found[i].Span = fileSpan(sec, r.found[i].Span)
	}
	span := migration.Span{Start: p.start, End: p.end}
	return Statement{
		Node:    raw[0].Stmt,
		Section: sec,
		Span:    fileSpan(sec, span),
		Newer:   r.found,
		text:    span,
		lead:    p.lead,
		locs:    locs,
	}, true, nil
}

// text applies the edits, and gives the way back from its offsets to the
// section's text. What an edit put in stands where the replaced text began.
func (r *rewriter) text() (string, migration.SourceMap) {
	sort.SliceStable(r.edits, func(i, j int) bool { return r.edits[i].start < r.edits[j].start })
	var (
		b    strings.Builder
		locs migration.SourceMap
		at   = r.start
	)
	b.WriteByte(' ')
	keep := func(end int) {
		locs.Segments = append(locs.Segments, migration.Segment{Text: b.Len(), File: at, Len: end - at})
		b.Write(r.src[at:end])
		at = end
	}
	for _, e := range r.edits {
		if e.start < at {
			continue // two rewrites of one place: the first holds
		}
		keep(e.start)
		b.WriteString(e.with)
		at = e.end
	}
	keep(r.end)
	return b.String(), locs
}

// replace puts text in the place of the tokens i up to j.
func (r *rewriter) replace(i, j int, with string) {
	if i < j && j <= len(r.toks) {
		r.edits = append(r.edits, edit{int(r.toks[i].start), int(r.toks[j-1].end), with})
	}
}

// insert puts text after token i.
func (r *rewriter) insert(i int, text string) {
	end := int(r.toks[i].end)
	r.edits = append(r.edits, edit{end, end, text})
}

// mark records newer syntax in the tokens i up to j.
func (r *rewriter) mark(i, j int, n Newer) {
	i = max(i, 0)
	n.Span = migration.Span{Start: int(r.toks[i].start), End: int(r.toks[min(j, len(r.toks))-1].end)}
	r.found = append(r.found, n)
}

// has tells whether the words stand at token i.
func (r *rewriter) has(i int, words ...string) bool {
	return i >= 0 && i < len(r.toks) && hasWords(r.src, r.toks[i:], words...)
}

// closing gives the index of the parenthesis that closes the one at i, or of the
// end of the statement.
func (r *rewriter) closing(i int) int {
	depth := 0
	for ; i < len(r.toks); i++ {
		switch {
		case isPunct(r.src, r.toks[i], '('), isPunct(r.src, r.toks[i], '['):
			depth++
		case isPunct(r.src, r.toks[i], ')'), isPunct(r.src, r.toks[i], ']'):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(r.toks)
}

// each calls fn for the tokens from i to the end of its list: the closing
// parenthesis or end, not going into parentheses. fn gives false to stop.
func (r *rewriter) each(i, end int, fn func(i int) bool) int {
	for ; i < end && !r.has(i, ")"); i++ {
		if !fn(i) {
			return i
		}
		if r.has(i, "(") || r.has(i, "[") {
			i = r.closing(i)
		}
	}
	return min(i, end)
}

// isName tells whether token i may be a name.
func (r *rewriter) isName(i int) bool {
	return i >= 0 && i < len(r.toks) && (r.toks[i].kind == tokWord || r.toks[i].kind == tokQuoted)
}

// name is the identifier at token i as the server reads it.
func (r *rewriter) name(i int) string {
	if !r.isName(i) {
		return ""
	}
	return identifier(r.src[r.toks[i].start:r.toks[i].end])
}

// identifier folds and unquotes an identifier.
func identifier(raw []byte) string {
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' {
		return strings.ReplaceAll(string(raw[1:n-1]), `""`, `"`)
	}
	return string(bytes.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, raw))
}

// relation is the qualified name at token i, and the index after it.
func (r *rewriter) relation(i int) (*pg_query.RangeVar, int) {
	end := afterName(r.src, r.toks, i)
	v := &pg_query.RangeVar{Inh: true, Relpersistence: "p", Location: -1}
	parts := []*string{&v.Relname, &v.Schemaname, &v.Catalogname}
	for j := end - 1; j >= i && len(parts) > 0; j -= 2 {
		*parts[0] = r.name(j)
		parts = parts[1:]
	}
	return v, end
}
