package pgsql

import "github.com/safemig/safemig/internal/migration"

// tokens gives the statement's tokens, without comments; offsets are in
// Section.Text.
func (s *Statement) tokens() []token {
	if s.toks == nil {
		s.toks = tokens(s.Section.Text, s.text.Start, s.text.End)
	}
	return s.toks
}

// Clause is the span in the file of the i'th action of an ALTER TABLE (and of
// ALTER INDEX, VIEW, TYPE, …): the text that AlterTableStmt.Cmds[i] was made of.
// The whole statement when there is no such action.
func (s *Statement) Clause(i int) migration.Span {
	if !s.split {
		s.split = true
		s.parts = s.clauses()
	}
	if i < 0 || i >= len(s.parts) {
		return s.Span
	}
	return fileSpan(s.Section, s.parts[i])
}

// Clauses is the number of actions that Clause knows.
func (s *Statement) Clauses() int {
	s.Clause(0)
	return len(s.parts)
}

// clauses splits the statement at the commas outside parentheses, after the
// name of its relation.
func (s *Statement) clauses() []migration.Span {
	src, toks := s.Section.Text, s.tokens()
	first, ok := afterRelation(src, toks)
	if !ok {
		return nil
	}
	var out []migration.Span
	depth := 0
	for i := first; i < len(toks); i++ {
		t := toks[i]
		switch {
		case isPunct(src, t, '('), isPunct(src, t, '['):
			depth++
		case isPunct(src, t, ')'), isPunct(src, t, ']'):
			depth--
		case isPunct(src, t, ',') && depth == 0 && i > first:
			out = append(out, migration.Span{Start: int(toks[first].start), End: int(toks[i-1].end)})
			first = i + 1
		}
	}
	if first < len(toks) {
		out = append(out, migration.Span{Start: int(toks[first].start), End: int(toks[len(toks)-1].end)})
	}
	return out
}

// relationKinds are the words after ALTER of the statements that have actions.
var relationKinds = [][]string{
	{"TABLE"}, {"INDEX"}, {"VIEW"}, {"SEQUENCE"}, {"TYPE"}, {"DOMAIN"},
	{"MATERIALIZED", "VIEW"}, {"FOREIGN", "TABLE"},
}

// afterRelation gives the index of the first token after ALTER … [IF EXISTS]
// [ONLY] name [*], or after ALL IN TABLESPACE name [OWNED BY role, …].
func afterRelation(src []byte, toks []token) (int, bool) {
	i, ok := relationName(src, toks)
	if !ok {
		return 0, false
	}
	if hasWords(src, toks[i:], "ALL", "IN", "TABLESPACE") {
		if i += 4; hasWords(src, toks[min(i, len(toks)):], "OWNED", "BY") {
			for i += 3; i+1 < len(toks) && isPunct(src, toks[i], ','); {
				i += 2
			}
		}
		return i, i < len(toks)
	}
	paren := hasWords(src, toks[i:], "ONLY") && i+1 < len(toks) && isPunct(src, toks[i+1], '(')
	switch {
	case paren:
		i += 2
	case hasWords(src, toks[i:], "ONLY"):
		i++
	}
	i = afterName(src, toks, i)
	switch {
	case paren && i < len(toks) && isPunct(src, toks[i], ')'):
		i++
	case i < len(toks) && toks[i].kind == tokOp && string(src[toks[i].start:toks[i].end]) == "*":
		i++
	}
	return i, i < len(toks)
}

// relationName gives the index of the token after ALTER … [IF EXISTS].
func relationName(src []byte, toks []token) (int, bool) {
	if !hasWords(src, toks, "ALTER") {
		return 0, false
	}
	for _, kind := range relationKinds {
		if hasWords(src, toks[1:], kind...) {
			i := 1 + len(kind)
			if hasWords(src, toks[i:], "IF", "EXISTS") {
				i += 2
			}
			return i, i < len(toks)
		}
	}
	return 0, false
}

// afterName gives the index after the qualified name at index i.
func afterName(src []byte, toks []token, i int) int {
	for i++; i+1 < len(toks) && isPunct(src, toks[i], '.'); {
		i += 2
	}
	return min(i, len(toks))
}

// hasWords tells whether the tokens begin with the words, given in upper case. A
// word may also be a punctuation mark or an operator.
func hasWords(src []byte, toks []token, words ...string) bool {
	if len(toks) < len(words) {
		return false
	}
	for i, w := range words {
		if !isWord(src, toks[i], w) && !isMark(src, toks[i], w) {
			return false
		}
	}
	return true
}

func isMark(src []byte, t token, mark string) bool {
	return (t.kind == tokOp || t.kind == tokPunct) && string(src[t.start:t.end]) == mark
}
