package pgsql

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/migration"
)

// maxText is the size of the largest section that is analysed. The parser needs
// about 60 bytes of memory for each byte of text.
const maxText = 10 << 20

// maxMessage is the length at which the parser's messages are cut.
const maxMessage = 160

// Parse gives the statements of a section in the order of the text. What does
// not parse is a statement with Err; empty statements are none. It never sets
// Tx, and may run for several sections at once.
func Parse(sec *migration.Section) []Statement {
	if len(sec.Text) > maxText {
		return []Statement{broken(sec, piece{stop: len(sec.Text), end: len(sec.Text)}, &SyntaxError{
			Span: fileSpan(sec, migration.Span{Start: 0, End: min(1, len(sec.Text))}),
			Msg:  fmt.Sprintf("%d MB of SQL in one section: more than %d MB is not analysed", len(sec.Text)>>20, maxText>>20),
			Hint: "load data with COPY outside migrations, or split the file",
		})}
	}
	if stmts, ok := parseWhole(sec, sec.Text); ok {
		return stmts
	}
	src := sec.Text
	if masked, changed := mask(src); changed {
		if stmts, ok := parseWhole(sec, masked); ok {
			return stmts
		}
		src = masked
	}
	if msg, hint := notText(sec.Text); msg != "" { // one word for it, not one for each piece
		return []Statement{broken(sec, piece{stop: len(src), end: len(src)}, &SyntaxError{
			Span: fileSpan(sec, migration.Span{Start: 0, End: min(1, len(src))}), Msg: msg, Hint: hint})}
	}
	var stmts []Statement
	for _, p := range pieces(src) {
		stmts = append(stmts, parsePiece(sec, src, p)...)
	}
	return stmts
}

// parseWhole parses the text in one call. It refuses what the parser would
// misread or die of.
func parseWhole(sec *migration.Section, src []byte) ([]Statement, bool) {
	if bytes.IndexByte(src, 0) >= 0 || !utf8.Valid(src) || tooComplex(src) {
		return nil, false
	}
	bom := 0
	if bytes.HasPrefix(src, []byte(byteOrderMark)) {
		bom = len(byteOrderMark)
	}
	raw, err := rawParse(string(src[bom:]))
	if err != nil {
		return nil, false
	}
	return located(sec, src, raw, bom, bom, len(src)), true
}

// located gives the parser's statements their places. base is what to add to
// its offsets, from and stop the part of src that it read.
func located(sec *migration.Section, src []byte, raw []*pg_query.RawStmt, base, from, stop int) []Statement {
	stmts := make([]Statement, len(raw))
	for i, r := range raw {
		start := max(from, int(r.StmtLocation)+base)
		end := stop
		if r.StmtLen > 0 {
			end = int(r.StmtLocation+r.StmtLen) + base
		}
		text := trim(src, start, end)
		stmts[i] = Statement{
			Node:    r.Stmt,
			Section: sec,
			Span:    fileSpan(sec, text),
			text:    text,
			lead:    start,
			locs:    migration.SourceMap{Base: base},
		}
	}
	return stmts
}

// trim takes blanks and comments off both ends of src[start:end].
func trim(src []byte, start, end int) migration.Span {
	src = src[:end]
	t := next(src, start)
	for t.kind == tokComment {
		t = next(src, int(t.end))
	}
	start = int(t.start)
	for end > start && is(src[end-1], classBlank) {
		end--
	}
	if s := src[start:end]; bytes.Contains(s, []byte("--")) || bytes.Contains(s, []byte("/*")) {
		end = start
		for ; t.kind != tokEOF; t = next(src, int(t.end)) {
			if t.kind != tokComment {
				end = int(t.end)
			}
		}
	}
	return migration.Span{Start: start, End: end}
}

// parsePiece parses the statement of a piece, if there is one.
func parsePiece(sec *migration.Section, src []byte, p piece) []Statement {
	if off, msg := badByte(src[p.lead:p.stop]); off >= 0 {
		off += p.lead
		if p.start == p.end || off < p.start || off >= p.end {
			p.start, p.end = min(p.start, off), max(p.end, off+1)
		}
		return []Statement{broken(sec, p, &SyntaxError{
			Span: fileSpan(sec, migration.Span{Start: off, End: off + 1}),
			Msg:  msg,
			Hint: "save the file as UTF-8",
		})}
	}
	if p.start == p.end {
		return nil
	}
	if tooComplex(src[p.start:p.end]) {
		return []Statement{broken(sec, p, &SyntaxError{
			Span: fileSpan(sec, tokenSpan(next(src, p.start))),
			Msg:  "statement too complex to analyse: it nests thousands of operators",
			Hint: "split the statement, or use IN, VALUES or a table in place of a chain of operators",
		})}
	}
	// A blank before it, so that no node stands at location 0, which means unset.
	raw, err := rawParse(" " + string(src[p.start:p.end]))
	if err == nil {
		stmts := located(sec, src, raw, p.start-1, p.start, p.end)
		if len(stmts) > 0 {
			stmts[0].lead = p.lead
		}
		return stmts
	}
	s, ok, rest := rewrite(sec, src, p)
	if ok {
		return []Statement{s}
	}
	if rest != nil { // something newer was there, and something else is wrong
		err = rest
	}
	return []Statement{broken(sec, p, syntaxError(sec, src, p, err))}
}

// broken is the statement of a piece that has no parse tree.
func broken(sec *migration.Section, p piece, err *SyntaxError) Statement {
	text := migration.Span{Start: p.start, End: p.end}
	return Statement{
		Section: sec,
		Span:    fileSpan(sec, text),
		Err:     err,
		text:    text,
		lead:    p.lead,
		locs:    migration.SourceMap{Base: p.start - 1},
	}
}

func tokenSpan(t token) migration.Span { return migration.Span{Start: int(t.start), End: int(t.end)} }

// badByte finds the first byte that the server would refuse or stop at; -1 when
// there is none.
func badByte(src []byte) (off int, msg string) {
	nul := bytes.IndexByte(src, 0)
	if !utf8.Valid(src) {
		for i := 0; i < len(src); {
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n == 1 {
				if nul >= 0 && nul < i {
					break
				}
				return i, fmt.Sprintf("invalid UTF-8: byte 0x%02x", src[i])
			}
			i += n
		}
	}
	if nul >= 0 {
		return nul, "NUL byte: the server refuses the text, some clients cut it here"
	}
	return -1, ""
}

// syntaxError puts the parser's complaint about " "+src[p.start:p.end] in its place.
func syntaxError(sec *migration.Section, src []byte, p piece, err error) *SyntaxError {
	at := migration.Span{Start: p.start, End: p.end}
	var pe *parserError
	if errors.As(err, &pe) && pe.offset >= 0 {
		off := min(p.start-1+pe.offset, p.end)
		t := next(src[:p.end], max(off, p.start))
		if t.kind == tokEOF { // "at end of input": the last token
			for t = next(src[:p.end], p.start); ; {
				n := next(src[:p.end], int(t.end))
				if n.kind == tokEOF {
					break
				}
				t = n
			}
		}
		at = tokenSpan(t)
		if t.open { // the rest of the file
			at.End = min(at.End, lineEnd(src, at.Start+1))
		}
	}
	msg := err.Error()
	if len(msg) > maxMessage { // it quotes the token, which may be the rest of the file
		msg = strings.ToValidUTF8(msg[:maxMessage], "") + "…"
	}
	return &SyntaxError{Span: fileSpan(sec, at), Msg: msg, Hint: hint(src, p, at)}
}

// hint guesses what stands at a syntax error.
func hint(src []byte, p piece, at migration.Span) string {
	tail := src[at.Start:p.end]
	switch {
	case bytes.HasPrefix(tail, []byte("\\")):
		return "psql commands are not SQL: the server never sees them"
	case bytes.HasPrefix(tail, []byte("{")), bytes.HasPrefix(tail, []byte("${")), bytes.HasPrefix(tail, []byte("$")) && next(tail, 0).kind == tokBad,
		bytes.HasPrefix(tail, []byte(":")), bytes.HasPrefix(tail, []byte("@")):
		return "this looks like a placeholder: safemig needs the SQL that the server gets"
	case bytes.HasPrefix(tail, []byte("`")):
		return "backquotes are MySQL's: PostgreSQL quotes names with double quotes"
	case len(tail) > 0 && next(tail, 0).open:
		return "the quote or comment that begins here is never closed"
	}
	return "the grammar is PostgreSQL 16's, with additions up to 19; nothing else of this statement was checked"
}
