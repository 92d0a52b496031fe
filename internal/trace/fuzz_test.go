package trace

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seeds are the real logs, and what cuts and weaves them.
func seeds(f *testing.F) {
	files, _ := filepath.Glob("../audit/testdata/traces/*.gz")
	for _, p := range files {
		file, err := os.Open(p)
		if err != nil {
			f.Fatal(err)
		}
		z, err := gzip.NewReader(file)
		if err != nil {
			f.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil {
			f.Fatal(err)
		}
		file.Close()
		f.Add(b)
		f.Add(b[:len(b)*2/3])
		f.Add(bytes.ReplaceAll(b, []byte("\n"), []byte("\napp-1  | ")))
	}
	f.Add([]byte("(0.003) SELECT 1; args=('a', 1); alias=default\n  Applying a.0001_b... OK\n"))
	f.Add([]byte("2026-11-22 10:55:00.446 UTC,\"a\"\"b\",,1,,6b02ca04.6834,1,,,3/4,0,LOG,00000,\"statement: SELECT\n1\",,,,,,,,,\"\"\n"))
	f.Add([]byte("DO $a$ BEGIN PERFORM pg_advisory_lock(1); END $a$; SELECT 'it''s', E'\\'', \"x\"\"y\" /* a /* b */ */ -- c\n"))
	f.Add([]byte(`{"message":"QUERY OK db=1ms\nSELECT 1 []","time":"2026-01-01T00:00:00Z","a":{"b":[1,"]"]}}` + "\n"))
}

// readAll reads a text in every format there is, and holds what every event promises.
func readAll(t *testing.T, b []byte) {
	for _, format := range append(Formats(), "") {
		stats, _ := Read(bytes.NewReader(b), Options{Path: "log", Format: format}, func(e *Event) {
			if e.Line < 1 || e.Path != "log" {
				t.Fatalf("%s: event at %s:%d", format, e.Path, e.Line)
			}
			if e.Kind == Run && e.Version == "" && e.Format == "ecto" {
				t.Fatalf("%s: a run without a version", format)
			}
		})
		if stats.Lines > bytes.Count(b, []byte("\n"))+1 {
			t.Fatalf("%s: %d lines of %d", format, stats.Lines, bytes.Count(b, []byte("\n"))+1)
		}
	}
}

func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(readAll)
}

func FuzzPrefix(f *testing.F) {
	for _, p := range prefixes {
		f.Add(p.format, p.line)
	}
	f.Fuzz(func(t *testing.T, format, line string) {
		p, err := newPrefixParser(format)
		if err != nil {
			return
		}
		var rec serverRecord
		p.parse([]byte(line), &rec)
		q := &prefixParser{pid: -1}
		q.learn([][]byte{[]byte(line), []byte(line)})
		q.parse([]byte(line), &rec)
	})
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"SELECT pg_try_advisory_lock($1, '2'::int)", "INSERT INTO \"a\".\"schema_migrations\" (version) VALUES ('1'), ($2)",
		"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a'",
		"DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('x')); END $$", "LOCK TABLE ONLY a.b IN SHARE MODE; COMMIT", "DISCARD ALL"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var tables Tables
		ops := tables.Classify([]byte(sql), []string{"1"})
		if yes, _ := tables.relevant([]byte(sql)); !yes && slices.ContainsFunc(ops, func(o Op) bool { return o.Kind != OpOther && o.Kind != OpDML }) && !strings.ContainsAny(sql, ";\"") {
			t.Fatalf("%q is thought irrelevant, and is %+v", sql, ops)
		}
	})
}
