package pgsql

import (
	"testing"

	"github.com/safemig/safemig/internal/migration"
)

func TestQuotedParts(t *testing.T) {
	const src = "ALTER TABLE t -- why\r\n  ADD COLUMN c text /* a */ DEFAULT  f('a  b', (1))::text NOT NULL\n  CHECK ( c <> '--' AND (c > ''))"
	sec := migration.Section{File: &migration.File{Path: "a.sql", Src: []byte(src)}, Text: []byte(src)}
	s := &Parse(&sec)[0]
	clause := s.Clause(0)
	if got, want := s.OneLine(s.Span), "ALTER TABLE t ADD COLUMN c text DEFAULT f('a  b', (1))::text NOT NULL CHECK ( c <> '--' AND (c > ''))"; got != want {
		t.Errorf("OneLine: got %q, want %q", got, want)
	}
	group, ok := s.Group(clause, "CHECK")
	if got := s.OneLine(group); !ok || got != "( c <> '--' AND (c > ''))" {
		t.Errorf("Group: got %q, %v", got, ok)
	}
	def, ok := s.Following(clause, []string{"NOT", "CHECK"}, "DEFAULT")
	if got := s.OneLine(def); !ok || got != "f('a  b', (1))::text" {
		t.Errorf("Following: got %q, %v", got, ok)
	}
	const key = "ALTER TABLE t ADD c int REFERENCES u (a) ON DELETE SET NULL ON UPDATE CASCADE NULL DEFAULT 1"
	other := migration.Section{File: &migration.File{Path: "b.sql", Src: []byte(key)}, Text: []byte(key)}
	k := &Parse(&other)[0]
	ref, ok := k.Following(k.Span, []string{"NULL", "DEFAULT"}, "REFERENCES")
	if got := k.OneLine(ref); !ok || got != "u (a) ON DELETE SET NULL ON UPDATE CASCADE" {
		t.Errorf("Following SET: got %q, %v", got, ok)
	}
	if _, ok := s.Group(clause, "UNIQUE"); ok {
		t.Error("Group: found what is not there")
	}
	if got := s.OneLine(migration.Span{Start: def.Start, End: def.Start}); got != "" {
		t.Errorf("OneLine of nothing: %q", got)
	}
}
