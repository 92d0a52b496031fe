package effect

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgserver"
	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

var updateBuiltins = flag.Bool("update-builtins", false, "write builtin.txt anew from servers of every major (SAFEMIG_REQUIRE_PG=1 downloads them)")

// builtinQueries give the rows of builtin.txt: one text column, in the form of
// the file without the majors.
var builtinQueries = []string{
	`SELECT 'func ' || proname || ' ' || CASE WHEN bool_or(provolatile = 'v') THEN 'v' WHEN bool_or(provolatile = 's') THEN 's' ELSE 'i' END
		FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
		AND oid <> 'timezone(text, timetz)'::regprocedure -- volatile up to 14, while AT TIME ZONE of a timestamp is not
		GROUP BY proname`,
	`SELECT 'type ' || typname || ' ' || typtype::text || typcategory::text || CASE WHEN typispreferred THEN '!' ELSE '' END
		FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm', 'p') AND typname !~ '^_'`,
	`SELECT 'cast ' || s.typname || ' ' || t.typname || ' ' || castmethod::text || castcontext::text
		FROM pg_cast JOIN pg_type s ON s.oid = castsource JOIN pg_type t ON t.oid = casttarget
		WHERE s.typnamespace = 'pg_catalog'::regnamespace AND t.typnamespace = 'pg_catalog'::regnamespace`,
	`SELECT 'opclass ' || amname || ' ' || typname || ' ' || opcname
		FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod JOIN pg_type t ON t.oid = opcintype WHERE opcdefault AND typname !~ '^_'`,
}

// contrib are the extensions whose objects builtin.txt has as well.
var contrib = []string{"btree_gin", "btree_gist", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "intarray", "isn", "lo",
	"ltree", "pg_trgm", "pgcrypto", "seg", "tablefunc", "unaccent", "uuid-ossp"}

// contribQueries give the rows of an extension, $1, without its name.
var contribQueries = []string{
	`SELECT 'func ' || proname || ' ' || CASE WHEN bool_or(provolatile = 'v') THEN 'v' WHEN bool_or(provolatile = 's') THEN 's' ELSE 'i' END
		FROM pg_proc p JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
		JOIN pg_extension e ON e.oid = refobjid AND extname = $1
		WHERE NOT EXISTS (SELECT FROM unnest(proargtypes::oid[] || prorettype) t WHERE t IN ('internal'::regtype, 'cstring'::regtype))
		GROUP BY proname`,
	`SELECT 'type ' || typname || ' ' || typtype::text || typcategory::text
		FROM pg_type t JOIN pg_depend ON classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e'
		JOIN pg_extension e ON e.oid = refobjid AND extname = $1 WHERE typtype IN ('b', 'd') AND typname !~ '^_'`,
	`SELECT 'cast ' || s.typname || ' ' || t.typname || ' ' || castmethod::text || castcontext::text
		FROM pg_cast c JOIN pg_type s ON s.oid = castsource JOIN pg_type t ON t.oid = casttarget
		JOIN pg_depend ON classid = 'pg_cast'::regclass AND objid = c.oid AND deptype = 'e'
		JOIN pg_extension e ON e.oid = refobjid AND extname = $1 WHERE s.typname !~ '^_' AND t.typname !~ '^_'`,
	`SELECT 'opclass ' || amname || ' ' || typname || ' ' || opcname
		FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod JOIN pg_type t ON t.oid = opcintype
		JOIN pg_depend ON classid = 'pg_opclass'::regclass AND objid = c.oid AND deptype = 'e'
		JOIN pg_extension e ON e.oid = refobjid AND extname = $1 WHERE opcdefault AND typname !~ '^_'`,
}

// readBuiltins gives the server's rows, and the extensions of contrib that it has.
func readBuiltins(t *testing.T, s *pgserver.Server) (rows, extensions map[string]bool) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, pgtest.Database(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, extensions = map[string]bool{}, map[string]bool{}
	for _, q := range builtinQueries {
		collect(t, conn, rows, "", q)
	}
	for _, ext := range contrib {
		if _, err := conn.Exec(ctx, `CREATE EXTENSION "`+ext+`" CASCADE`); err != nil {
			t.Logf("PostgreSQL %s without %s: %v", s.Version, ext, err)
		}
	}
	for _, ext := range contrib {
		before := len(rows)
		for _, q := range contribQueries {
			collect(t, conn, rows, "ext "+ext+" ", q, ext)
		}
		extensions[ext] = len(rows) > before
	}
	return rows, extensions
}

// collect adds the rows of a query of one text column.
func collect(t *testing.T, conn *pgx.Conn, out map[string]bool, prefix, query string, args ...any) {
	t.Helper()
	rows, err := conn.Query(context.Background(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		out[prefix+l] = true
	}
}

// TestBuiltinsAreTheServers holds builtin.txt against the server at hand; with
// -update-builtins it writes the file from servers of every major.
func TestBuiltinsAreTheServers(t *testing.T) {
	if *updateBuiltins {
		writeBuiltins(t)
		return
	}
	s := pgtest.ForTest(t)
	want, extensions := readBuiltins(t, s)
	have := map[string]bool{}
	for line := range strings.Lines(builtinText) {
		row, first, last, ok := builtinRow(line)
		ext, isExt := strings.CutPrefix(row, "ext ")
		ext, _, _ = strings.Cut(ext, " ")
		if ok && first <= s.Major && s.Major <= last && (!isExt || extensions[ext]) {
			have[row] = true
		}
	}
	for _, l := range slices.Sorted(maps.Keys(want)) {
		if !have[l] {
			t.Errorf("PostgreSQL %s has %q, builtin.txt does not: go generate ./internal/effect", s.Version, l)
		}
	}
	for _, l := range slices.Sorted(maps.Keys(have)) {
		if !want[l] {
			t.Errorf("builtin.txt has %q, PostgreSQL %s does not: go generate ./internal/effect", l, s.Version)
		}
	}
}

func writeBuiltins(t *testing.T) {
	first, last := map[string]int{}, map[string]int{}
	for pg := pgserver.MinMajor; pg <= pgserver.MaxMajor; pg++ {
		rows, _ := readBuiltins(t, pgtest.ForMajor(t, pg))
		for l := range rows {
			if first[l] == 0 {
				first[l] = pg
			} else if last[l] != pg-1 {
				t.Errorf("%q is gone in one major and back in a later one", l)
			}
			last[l] = pg
		}
	}
	var b strings.Builder
	b.WriteString("# Generated by go generate ./internal/effect from servers of every major. Do not edit.\n" +
		"# A row ends in the majors that have it where that is not all: 14- from 14 on, -13 up to 13, 14-16.\n")
	for _, l := range slices.Sorted(maps.Keys(first)) {
		f, n := first[l], last[l]
		switch {
		case f == pgserver.MinMajor && n == pgserver.MaxMajor:
		case n == pgserver.MaxMajor:
			l += fmt.Sprintf(" %d-", f)
		case f == pgserver.MinMajor:
			l += fmt.Sprintf(" -%d", n)
		default:
			l += fmt.Sprintf(" %d-%d", f, n)
		}
		b.WriteString(l + "\n")
	}
	if err := os.WriteFile("builtin.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
