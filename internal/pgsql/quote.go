package pgsql

import (
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// OneLine is a part of the statement as a message quotes it: on one line,
// without comments; strings and quoted names are untouched. Of tokens that are
// partly inside, nothing is quoted.
func (s *Statement) OneLine(within migration.Span) string {
	t := s.textSpan(within)
	src := s.Section.Text
	var b strings.Builder
	last := -1
	for _, k := range s.tokens() {
		start, end := k.span()
		if start < t.Start || end > t.End {
			continue
		}
		if last >= 0 && last < start {
			b.WriteByte(' ')
		}
		b.Write(src[start:end])
		last = end
	}
	return b.String()
}

// Group is the span in the file of the parentheses, with what they hold, that
// follow the words in a part of the statement: Group(clause, "CHECK").
func (s *Statement) Group(within migration.Span, words ...string) (migration.Span, bool) {
	i, limit, ok := s.behind(within, words)
	toks, src := s.tokens(), s.Section.Text
	if !ok || i >= limit || !isPunct(src, toks[i], '(') {
		return migration.Span{}, false
	}
	for j, depth := i, 0; j < limit; j++ {
		depth += nesting(src, toks[j])
		if depth == 0 {
			return s.tokenRange(i, j), true
		}
	}
	return migration.Span{}, false
}

// Following is the span in the file of what follows the words in a part of the
// statement, up to the first of the stop words outside parentheses:
// Following(clause, []string{"NOT", "CHECK"}, "DEFAULT"). A word after SET does
// not stop: ON DELETE SET NULL.
func (s *Statement) Following(within migration.Span, stop []string, words ...string) (migration.Span, bool) {
	i, limit, ok := s.behind(within, words)
	if !ok || i >= limit {
		return migration.Span{}, false
	}
	toks, src := s.tokens(), s.Section.Text
	j := i
	for depth := nesting(src, toks[i]); j+1 < limit; j++ {
		t := toks[j+1]
		if depth == 0 && !isWord(src, toks[j], "SET") && slices.ContainsFunc(stop, func(w string) bool { return isWord(src, t, w) }) {
			break
		}
		depth += nesting(src, t)
	}
	return s.tokenRange(i, j), true
}

// behind gives the index of the token after the words, and of the first one
// that is outside of the part.
func (s *Statement) behind(within migration.Span, words []string) (i, limit int, ok bool) {
	t := s.textSpan(within)
	toks := s.tokens()
	for limit = len(toks); limit > 0 && int(toks[limit-1].end) > t.End; limit-- {
	}
	for i := 0; i+len(words) <= limit; i++ {
		if int(toks[i].start) >= t.Start && hasWords(s.Section.Text, toks[i:], words...) {
			return i + len(words), limit, true
		}
	}
	return 0, limit, false
}

func (s *Statement) tokenRange(first, last int) migration.Span {
	toks := s.tokens()
	return fileSpan(s.Section, migration.Span{Start: int(toks[first].start), End: int(toks[last].end)})
}

func nesting(src []byte, t token) int {
	switch {
	case isPunct(src, t, '('), isPunct(src, t, '['):
		return 1
	case isPunct(src, t, ')'), isPunct(src, t, ']'):
		return -1
	}
	return 0
}
