package pgsql

import (
	"bytes"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// Embedded gives the SQL statements that a DO statement in PL/pgSQL may run, in
// the order of its text: every branch, every loop's body once. PERFORM x is
// SELECT x, and so is an expression with a call or a subquery in it; INTO
// targets are left out; variables look like columns. EXECUTE of a constant gives
// the statements of the constant, also where || or format() put it together
// from constants. Spans are where the text stands in the file; Tx is that of the
// DO statement. Perhaps is set where the body may end without having run one, or
// with what it did undone.
//
// Opaque are the parts of the file that hold code of which nothing is known: an
// EXECUTE of something else, a body in another language. A statement that is no
// DO has neither.
func (s *Statement) Embedded() (stmts []Statement, opaque []migration.Span) {
	if s.Node.GetDoStmt() == nil {
		return nil, nil
	}
	src, toks := s.Section.Text, s.tokens()
	language := "plpgsql"
	body := -1
	for i := 1; i < len(toks); i++ {
		switch {
		case isWord(src, toks[i], "LANGUAGE") && i+1 < len(toks):
			i++
			if toks[i].kind == tokString {
				text, _, _ := unquote(src, toks[i])
				language = string(text)
			} else {
				language = identifier(src[toks[i].start:toks[i].end])
			}
		case toks[i].kind == tokString && body < 0:
			body = i
		}
	}
	if body < 0 {
		return nil, nil
	}
	text, segs, ok := unquote(src, toks[body])
	if !ok || !strings.EqualFold(language, "plpgsql") {
		return nil, []migration.Span{fileSpan(s.Section, tokenSpan(toks[body]))}
	}
	sec := within(s.Section, text, segs)
	w := &walker{sec: sec, src: bytes.Clone(text), toks: tokens(text, 0, len(text))}
	w.run()
	for i := range w.stmts {
		w.stmts[i].Tx = s.Tx
	}
	return w.stmts, w.opaque
}

// walker goes over the tokens of a PL/pgSQL block. It does not check the block:
// it looks where statements begin and what they hold.
type walker struct {
	sec    *migration.Section // the body
	src    []byte             // its text, with what is not SQL made SQL or blank
	toks   []token
	stmts  []Statement
	opaque []migration.Span

	depth  int  // of branches, loops and exception handlers
	out    bool // there was a RETURN, EXIT or CONTINUE
	blocks []block
}

// block is a BEGIN … END that is open.
type block struct {
	first   int  // how many statements there were before it
	handled bool // its EXCEPTION was seen
}

func (w *walker) has(i int, words ...string) bool {
	return i >= 0 && i < len(w.toks) && hasWords(w.src, w.toks[i:], words...)
}

// until gives the index of the first of the words at or after i that stands
// outside parentheses and CASE … END, or of the semicolon before it.
func (w *walker) until(i int, words ...string) int {
	parens, cases := 0, 0
	for ; i < len(w.toks); i++ {
		if parens <= 0 && cases <= 0 {
			for _, word := range words {
				if w.has(i, word) {
					return i
				}
			}
		}
		switch {
		case w.has(i, "("), w.has(i, "["):
			parens++
		case w.has(i, ")"), w.has(i, "]"):
			parens--
		case w.has(i, ";") && parens <= 0:
			return i
		case w.has(i, "CASE"):
			cases++
		case w.has(i, "END") && cases > 0:
			cases--
		}
	}
	return i
}

// run walks the whole body. i is always where a statement may begin.
func (w *walker) run() {
	for i := 0; i < len(w.toks); {
		switch {
		case w.has(i, "<<"), w.has(i, "#"): // label, option
			i += 3
		case w.has(i, "DECLARE"):
			i = w.declare(i + 1)
		case w.has(i, "BEGIN"):
			w.blocks = append(w.blocks, block{first: len(w.stmts)})
			i++
		case w.has(i, "EXCEPTION"):
			w.handled()
			i++
		case w.has(i, "LOOP"):
			w.depth++
			i++
		case w.has(i, "ELSE"), w.has(i, ";"):
			i++
		case w.has(i, "IF"):
			i = w.condition(i+1, "THEN")
			w.depth++
		case w.has(i, "ELSIF"), w.has(i, "ELSEIF"), w.has(i, "WHEN"):
			i = w.condition(i+1, "THEN")
		case w.has(i, "WHILE"):
			i = w.condition(i+1, "LOOP")
			w.depth++
		case w.has(i, "CASE"):
			i = w.condition(i+1, "WHEN") - 1
			w.depth++
		case w.has(i, "FOR"), w.has(i, "FOREACH"):
			i = w.loop(i)
			w.depth++
		default:
			end := w.until(i)
			w.statement(i, end)
			i = end + 1
		}
	}
}

// add records statements where the walk stands.
func (w *walker) add(stmts ...Statement) {
	for i := range stmts {
		stmts[i].Perhaps = w.depth > 0 || w.out
	}
	w.stmts = append(w.stmts, stmts...)
}

// handled marks the statements of the block whose exception handlers begin: they
// may be undone, and those of a handler may never run.
func (w *walker) handled() {
	if len(w.blocks) == 0 {
		return
	}
	b := &w.blocks[len(w.blocks)-1]
	for i := b.first; i < len(w.stmts); i++ {
		w.stmts[i].Perhaps = true
	}
	b.handled = true
	w.depth++
}

// end takes the END of the token i.
func (w *walker) end(i int) {
	if w.has(i+1, "IF") || w.has(i+1, "LOOP") || w.has(i+1, "CASE") {
		w.depth--
		return
	}
	if n := len(w.blocks); n > 0 {
		if w.blocks[n-1].handled {
			w.depth--
		}
		w.blocks = w.blocks[:n-1]
	}
}

// condition takes the expression at i up to the word, and gives the index after it.
func (w *walker) condition(i int, word string) int {
	end := w.until(i, word)
	w.expression(i, end)
	return end + 1
}

// declare takes the declarations at i up to BEGIN.
func (w *walker) declare(i int) int {
	for i < len(w.toks) && !w.has(i, "BEGIN") {
		end := w.until(i)
		if c := w.until(i, "CURSOR"); c < end {
			q := w.until(c, "FOR", "IS") + 1
			w.sql(q, end)
		} else if v := w.until(i, ":=", "=", "DEFAULT"); v < end {
			w.expression(v+1, end)
		}
		i = end + 1
	}
	return i
}

// loop takes FOR v IN …, of which only queries matter, up to LOOP.
func (w *walker) loop(i int) int {
	end := w.until(i, "LOOP")
	in := w.until(i, "IN") + 1
	switch {
	case in >= end:
	case w.has(in, "EXECUTE"):
		w.execute(in+1, w.until(in, "USING", "LOOP"))
	case w.has(i, "FOREACH"):
		w.expression(in+1, end) // behind ARRAY
	case w.until(in, "..") < end: // [REVERSE] from .. to [BY step]
		if w.has(in, "REVERSE") {
			in++
		}
		dots := w.until(in, "..")
		by := min(end, w.until(dots, "BY"))
		w.expression(in, dots)
		w.expression(dots+1, by)
		w.expression(by+1, end)
	case w.isQuery(in):
		w.sql(in, end)
	}
	return end + 1
}

func (w *walker) isQuery(i int) bool {
	for _, word := range []string{"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "SHOW", "EXPLAIN", "("} {
		if w.has(i, word) {
			return true
		}
	}
	return false
}

// statement takes the simple statement of the tokens i up to end.
func (w *walker) statement(i, end int) {
	switch {
	case w.has(i, "END"):
		w.end(i)
	case w.has(i, "EXIT"), w.has(i, "CONTINUE"):
		w.out = true
	case w.has(i, "NULL"), w.has(i, "RAISE"), w.has(i, "GET"), w.has(i, "FETCH"), w.has(i, "MOVE"), w.has(i, "CLOSE"):
	case w.has(i, "EXECUTE"):
		w.execute(i+1, min(end, w.until(i, "INTO", "USING")))
	case w.has(i, "PERFORM"):
		copy(w.src[w.toks[i].start:], "SELECT ")
		w.sql(i, end)
	case w.has(i, "ASSERT"):
		w.expression(i+1, end)
	case w.has(i, "RETURN", "QUERY", "EXECUTE"):
		w.execute(i+3, min(end, w.until(i, "USING")))
	case w.has(i, "RETURN", "QUERY"):
		w.sql(i+2, end)
	case w.has(i, "RETURN"):
		w.expression(i+1, end)
		w.out = true
	case w.has(i, "OPEN"):
		q := w.until(i, "FOR") + 1
		if w.has(q, "EXECUTE") {
			w.execute(q+1, min(end, w.until(q, "USING")))
		} else if q < end {
			w.sql(q, end)
		}
	default:
		if v := w.target(i); v < end && (w.has(v, ":=") || w.has(v, "=")) {
			w.expression(v+1, end)
			return
		}
		w.sql(i, end)
	}
}

// target gives the index after the variable at i: a, a.b, a[1].b.
func (w *walker) target(i int) int {
	for i = afterName(w.src, w.toks, i); w.has(i, "["); {
		depth := 0
		for ; i < len(w.toks); i++ {
			if w.has(i, "[") {
				depth++
			} else if w.has(i, "]") {
				if depth--; depth == 0 {
					break
				}
			}
		}
		if i++; w.has(i, ".") {
			i = afterName(w.src, w.toks, i+1)
		}
	}
	return min(i, len(w.toks))
}

// sql takes an SQL statement of the tokens i up to end.
func (w *walker) sql(i, end int) {
	if i >= end {
		return
	}
	for j := i + 1; j < end; j++ {
		if !w.has(j, "INTO") || w.has(j-1, "INSERT") || w.has(j-1, "MERGE") || w.has(i, "IMPORT") || w.has(i, "CREATE") {
			continue
		}
		last := j + 1
		if w.has(last, "STRICT") {
			last++
		}
		for last = w.target(last); w.has(last, ","); {
			last = w.target(last + 1)
		}
		for b := w.toks[j].start; b < w.toks[min(last, end)-1].end; b++ {
			w.src[b] = ' '
		}
		break
	}
	p := piece{start: int(w.toks[i].start), end: int(w.toks[end-1].end), stop: int(w.toks[end-1].end)}
	if i > 0 {
		p.lead = int(w.toks[i-1].end)
	}
	w.add(parsePiece(w.sec, w.src, p)...)
}

// expression takes an expression of the tokens i up to end as SELECT, when it
// may do more than compute.
func (w *walker) expression(i, end int) {
	for j := i; j < end; j++ {
		if w.has(j, "(") {
			start, stop := int(w.toks[i].start), int(w.toks[end-1].end)
			text := append([]byte("SELECT "), w.src[start:stop]...)
			sec := within(w.sec, text, []migration.Segment{{Text: len("SELECT "), File: start, Len: stop - start}})
			w.add(Parse(sec)...)
			return
		}
	}
}

// execute takes the expression of an EXECUTE, the tokens i up to end.
func (w *walker) execute(i, end int) {
	if i >= end {
		return
	}
	c := constants{src: w.src, toks: w.toks[:end], at: i}
	text, segs, ok := c.concat()
	if !ok || c.at != end {
		w.opaque = append(w.opaque, fileSpan(w.sec, migration.Span{Start: int(w.toks[i].start), End: int(w.toks[end-1].end)}))
		w.expression(i, end) // what it calls to make the text still runs
		return
	}
	w.add(Parse(within(w.sec, text, segs))...)
}
