package lint

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// PassedOver is a directory of SQL that was come across and not read. Who names it
// gets it checked.
type PassedOver struct {
	Dir, Why string
}

func (f *finder) passOver(dir, why string) { f.passed = append(f.passed, PassedOver{dir, why}) }

// otherServers are words in the names of directories in which projects for several
// servers keep what is not for PostgreSQL.
var otherServers = wordSet("mysql mariadb sqlite mssql sqlserver oracle cockroach cockroachdb crdb clickhouse tidb spanner cassandra " +
	"duckdb h hsqldb db firebird snowflake bigquery redshift yugabyte yugabytedb sqlcipher rqlite libsql turso vertica databricks trino ydb scylla")

// testWords are names of directories in which tests keep what they read.
var testWords = wordSet("testdata fixtures __fixtures__ test-fixtures __tests__")

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// besides are words that may stand beside a server's.
var besides = wordSet("migration migrations migrate schema schemas sql db database scripts ddl changelog v")

var wordsOfName = regexp.MustCompile(`[a-z]+`)

// otherServer gives the name of a directory that says for which other server it is:
// mysql, sqlite3, migrations_mysql8. price-oracle says nothing.
func otherServer(name string) string {
	name = strings.ToLower(name)
	server := false
	for _, w := range wordsOfName.FindAllString(name, -1) {
		switch {
		case otherServers[w] && (len(w) > 2 || name == w+"2"): // h2, db2: one letter less is any word
			server = true
		case !besides[w]: // postgres among them
			return ""
		}
	}
	if !server {
		return ""
	}
	return name
}

// forTests gives the part of a path below root that says that tests read it.
func forTests(root, dir string) string {
	rest := dir
	if root != "." {
		rest = strings.TrimPrefix(strings.TrimPrefix(dir, root), "/")
	}
	for _, part := range strings.Split(rest, "/") {
		if testWords[strings.ToLower(part)] {
			return part
		}
	}
	return ""
}

// dialects are what stands in the SQL of other servers and nowhere in PostgreSQL's.
var dialects = []struct {
	server string
	mark   *regexp.Regexp
}{
	{"MySQL", regexp.MustCompile("(?im)^[^'\"\n]*(`\\w+`|\\bENGINE\\s*=\\s*\\w+|\\bAUTO_INCREMENT\\b" +
		`|\bADD\s+(COLUMN\s+)?\w+\s.*\sAFTER\s+\w+\s*[,;]|\b(MODIFY|CHANGE)\s+(COLUMN\s+)?\w+\s+\w+|\bADD\s+(INDEX|KEY)\s+\w+\s*\()`)},
	{"SQLite", regexp.MustCompile(`(?im)^[^'"\n]*(\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b|^\s*PRAGMA\s+\w+)`)},
	{"SQL Server", regexp.MustCompile(`(?im)^[^'"\n]*(\[dbo\]|\bNVARCHAR\s*\(|\bIDENTITY\s*\(\s*\d)`)},
}

// otherDialect tells for which other server the SQL of a directory is: by the first
// and last files, of which most must have a mark of it and not parse.
func otherDialect(fsys fs.FS) (why string) {
	entries, _ := fs.ReadDir(fsys, ".")
	var names []string
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(path.Ext(e.Name()), ".sql") {
			names = append(names, e.Name())
		}
	}
	if len(names) > 8 {
		names = append(names[:4:4], names[len(names)-4:]...)
	}
	marked := 0
	for _, name := range names {
		src := start(fsys, name)
		for _, d := range dialects {
			if at := d.mark.Find(src); at != nil && !parses(src) {
				if marked++; why == "" {
					why = fmt.Sprintf("%s's SQL: %s in %s", d.server, strings.Join(strings.Fields(string(at)), " "), name)
				}
				break
			}
		}
	}
	if 2*marked <= len(names) {
		return ""
	}
	return why
}

// start gives the first 8 KB of a file.
func start(fsys fs.FS, name string) []byte {
	file, err := fsys.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	src, _ := io.ReadAll(io.LimitReader(file, 8<<10))
	return src
}

// parses tells whether all statements of a text parse.
func parses(src []byte) bool {
	for _, s := range pgsql.Parse(&migration.Section{File: &migration.File{Src: src}, Text: src}) {
		if s.Err != nil {
			return false
		}
	}
	return true
}
