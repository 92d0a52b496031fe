package migration

import (
	"bytes"
	"io/fs"
	"strings"
)

// supabase reads supabase/migrations of the Supabase CLI: <version>_<name>.sql, in
// the order of the names; other files are passed over. All statements of a file,
// and the record, are one pipeline and so one implicit transaction, except for
// its first statement.
func supabase() Format {
	return flat[none]{
		format: Format{Name: "supabase", Detect: detectSupabase, Owns: ownsSupabase, Late: "refuses it without --include-all"},
		file: func(f *File, _ none) Migration {
			m := Migration{File: f}
			digits, rest := splitDigits(strings.TrimSuffix(f.base(), ".sql"))
			m.Version, m.Name = digits, strings.TrimPrefix(rest, "_")
			m.put(f.each(Run{Wrap: WrapNone, Pipeline: true, Alone: ownFile}), false)
			return m
		},
		byName: true, asWritten: true,
		duplicate: "the version is the primary key of supabase_migrations.schema_migrations, so one of the two files fails",
	}.build()
}

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
