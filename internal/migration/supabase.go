package migration

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
)

// supabase reads supabase/migrations of the Supabase CLI: <version>_<name>.sql, in
// the order of the names; other files are passed over. The statements of a file,
// and the record, are one pipeline and so one implicit transaction. Those of
// supabaseAlone are sent by themselves, and cut it: so does the CLI since its third
// version. Older ones cut nothing, so that the server refuses them behind others. A
// file with BEGIN or COMMIT is sent statement by statement.
func supabase() Format {
	return flat[none]{
		format: Format{Name: "supabase", Detect: detectSupabase, Owns: ownsSupabase, Late: "refuses it without --include-all"},
		file: func(f *File, _ none) Migration {
			m := Migration{File: f}
			digits, rest := splitDigits(strings.TrimSuffix(f.base(), ".sql"))
			m.Version, m.Name = digits, strings.TrimPrefix(rest, "_")
			m.put(f.each(Run{Wrap: WrapNone, Pipeline: true, Alone: ownFile}).pipelines(), false)
			return m
		},
		byName: true, asWritten: true,
		duplicate: "the version is the primary key of supabase_migrations.schema_migrations, so one of the two files fails",
	}.build()
}

// supabaseAlone are the statements, in upper case, that the CLI takes out of the
// pipeline. CREATE DATABASE, REINDEX SCHEMA, REINDEX (CONCURRENTLY) and DETACH PARTITION
// CONCURRENTLY are not among them.
var supabaseAlone = regexp.MustCompile(`^(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY(?:\s|$)|DROP\s+INDEX\s+CONCURRENTLY(?:\s|$)|` +
	`REINDEX[\s(].*\sCONCURRENTLY(?:\s|$)|VACUUM(?:[\s(]|$)|ALTER\s+SYSTEM(?:\s|$)|CLUSTER(?:\s|$))`)

// supabaseControl are those on account of which the CLI sends every statement of the
// file by itself.
var supabaseControl = regexp.MustCompile(`^(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ABORT|PREPARE\s+TRANSACTION|ROLLBACK)(?:\s|$)`)

// pipelines cuts the section at the statements that are sent alone.
func (s Section) pipelines() Section {
	var alone []Span
	control := false
	statements(s.Text, 1, func(word []byte, at Span) {
		if !supabaseFirst[string(word)] {
			return
		}
		upper := s.Text[at.Start:at.End]
		if string(word) != "REINDEX" {
			upper = upper[:min(len(upper), 200)] // what tells stands at the beginning
		}
		upper = bytes.ToUpper(upper)
		control = control || supabaseControl.Match(upper)
		if supabaseAlone.Match(upper) {
			alone = append(alone, at)
		}
	})
	if control {
		s.Run.Pipeline = false
		return s
	}
	if len(alone) == 0 {
		return s
	}
	from := 0
	for _, at := range alone {
		s.Run.Batches = append(s.Run.Batches, Span{from, at.Start}, at)
		from = at.End
	}
	s.Run.Batches = append(s.Run.Batches, Span{from, len(s.Text)})
	return s
}

// supabaseFirst are the words that such statements begin with.
var supabaseFirst = map[string]bool{"CREATE": true, "DROP": true, "REINDEX": true, "VACUUM": true, "ALTER": true, "CLUSTER": true, "BEGIN": true,
	"START": true, "COMMIT": true, "END": true, "ABORT": true, "PREPARE": true, "ROLLBACK": true}

// ownsSupabase is ^([0-9]+)_(.*)\.sql$. A first file of before December 2021 named
// init is passed over: it is the platform's own schema.
func ownsSupabase(name string) bool {
	digits, rest := splitDigits(name)
	return digits != "" && strings.HasPrefix(rest, "_") && strings.HasSuffix(rest, ".sql") &&
		!(rest == "_init.sql" && len(digits) == 14 && digits < "20211209000000")
}

func detectSupabase(fsys fs.FS) (int, string) {
	any := false
	for _, name := range sqlNames(fsys) {
		any = any || ownsSupabase(name)
	}
	if !any {
		return 0, ""
	}
	if f, ok := above(fsys, "config.toml"); ok && f.at == "../config.toml" && bytes.Contains(f.src, []byte("project_id")) {
		return 96, f.at
	}
	if stands(fsys, "supabase", "migrations") {
		return 94, "supabase/migrations"
	}
	return 0, ""
}
