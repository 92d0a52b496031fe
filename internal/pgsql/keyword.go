package pgsql

import (
	"strings"

	"github.com/safemig/safemig/internal/migration"
)

// Keyword is the span in the file of the first place in the statement where
// these words follow each other: Keyword("SET", "NOT", "NULL"). Case does not
// matter; comments and line breaks may stand between them; what is quoted is no
// word. A word may be a mark: Keyword("SET", "(").
func (s *Statement) Keyword(words ...string) (migration.Span, bool) {
	return s.keyword(s.text, words)
}

// KeywordIn is Keyword in a part of the statement, such as a Clause.
func (s *Statement) KeywordIn(within migration.Span, words ...string) (migration.Span, bool) {
	return s.keyword(s.textSpan(within), words)
}

func (s *Statement) keyword(within migration.Span, words []string) (migration.Span, bool) {
	if len(words) == 0 {
		return migration.Span{}, false
	}
	upper := make([]string, len(words))
	for i, w := range words {
		upper[i] = strings.ToUpper(w)
	}
	toks := s.tokens()
	for i := 0; i+len(words) <= len(toks); i++ {
		start, end := int(toks[i].start), int(toks[i+len(words)-1].end)
		if start >= within.Start && end <= within.End && hasWords(s.Section.Text, toks[i:], upper...) {
			return fileSpan(s.Section, migration.Span{Start: start, End: end}), true
		}
	}
	return migration.Span{}, false
}

// Leading gives the keywords that a statement begins with, in upper case, and
// after them the parts of its relation's name as they are spelled: ALTER TABLE
// public users. It is for statements that did not parse: what they are can
// still be told, and which relation they lock.
func (s *Statement) Leading() (words, relation []string) {
	src, toks := s.Section.Text, s.tokens()
	i := 0
	word := func() bool {
		if i < len(toks) && toks[i].kind == tokWord {
			words = append(words, strings.ToUpper(string(src[toks[i].start:toks[i].end])))
			i++
			return true
		}
		return false
	}
	skip := func(options ...string) {
		for _, o := range options {
			if w := strings.Fields(o); hasWords(src, toks[min(i, len(toks)):], w...) {
				i += len(w)
			}
		}
	}
	if !word() {
		return nil, nil
	}
	switch words[0] {
	case "ALTER", "CREATE", "DROP", "COMMENT", "REFRESH", "LOCK", "TRUNCATE", "REINDEX":
		skip("ON", "OR REPLACE")
		if words[0] == "REINDEX" {
			skipOptions(src, toks, &i)
		}
		for i < len(toks) {
			if w := strings.ToUpper(string(src[toks[i].start:toks[i].end])); objectWords[w] && toks[i].kind == tokWord {
				word()
				continue
			}
			break
		}
		skip("CONCURRENTLY", "IF NOT EXISTS", "IF EXISTS", "ONLY")
		if last := words[len(words)-1]; words[0] == "CREATE" && (last == "INDEX" || last == "TRIGGER" || last == "RULE" || last == "POLICY") {
			for i < len(toks) && !hasWords(src, toks[i:], "ON") {
				i++
			}
			if i++; words[len(words)-1] == "RULE" {
				for i < len(toks) && !hasWords(src, toks[i-1:], "TO") {
					i++
				}
			}
			skip("ONLY")
		}
	case "INSERT", "MERGE":
		skip("INTO")
	case "DELETE":
		skip("FROM", "ONLY")
	case "UPDATE", "COPY", "CALL":
		skip("ONLY")
	case "VACUUM", "ANALYZE", "CLUSTER", "REPACK":
		skipOptions(src, toks, &i)
		skip("FULL", "FREEZE", "VERBOSE", "ANALYZE", "CONCURRENTLY", "ONLY")
	default:
		word()
		return words, nil
	}
	for i < len(toks) && (toks[i].kind == tokWord || toks[i].kind == tokQuoted) {
		relation = append(relation, string(src[toks[i].start:toks[i].end]))
		if i++; i >= len(toks) || !isPunct(src, toks[i], '.') {
			break
		}
		i++
	}
	return words, relation
}

// skipOptions moves i over a list in parentheses.
func skipOptions(src []byte, toks []token, i *int) {
	if *i < len(toks) && isPunct(src, toks[*i], '(') {
		for *i < len(toks) && !isPunct(src, toks[*i], ')') {
			*i++
		}
		*i++
	}
}

// objectWords stand between the verb of a statement and the name of its object.
var objectWords = map[string]bool{
	"TABLE": true, "INDEX": true, "VIEW": true, "SEQUENCE": true, "TYPE": true, "DOMAIN": true,
	"MATERIALIZED": true, "FOREIGN": true, "UNIQUE": true, "TEMP": true, "TEMPORARY": true,
	"UNLOGGED": true, "GLOBAL": true, "LOCAL": true, "RECURSIVE": true, "TRIGGER": true,
	"CONSTRAINT": true, "EVENT": true, "FUNCTION": true, "PROCEDURE": true, "ROUTINE": true,
	"AGGREGATE": true, "SCHEMA": true, "DATABASE": true, "EXTENSION": true, "ROLE": true,
	"USER": true, "RULE": true, "POLICY": true, "PUBLICATION": true, "SUBSCRIPTION": true,
	"STATISTICS": true, "SERVER": true, "COLUMN": true, "DEFAULT": true, "PRIVILEGES": true,
	"SYSTEM": true, "OPERATOR": true, "CLASS": true, "FAMILY": true, "CAST": true,
	"COLLATION": true, "CONVERSION": true, "LANGUAGE": true, "TABLESPACE": true,
}
