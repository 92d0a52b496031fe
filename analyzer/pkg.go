package analyzer

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/rules"
)

// pkg is one package under analysis.
type pkg struct {
	pass      *analysis.Pass
	opts      *Options
	dir       string // of the package
	base      string // paths are relative to it
	files     []*ast.File
	userNames map[string]bool

	calls  []*call
	units  []*unit
	byFunc map[*types.Func]*unit
	vars   map[*types.Var]*binding // nil until somebody asks
	consts map[types.Object]ast.Expr
	embeds []*embedded
	goSrc  map[*token.File]*migration.File
	tokens map[*migration.File]*token.File
	result Result
	found  []found // findings in files that Go does not know
}

// found is a finding in an embedded file, and the directive that embeds it.
type found struct {
	rules.Finding
	by *embedded
}

func newPkg(pass *analysis.Pass, o *Options) *pkg {
	p := &pkg{pass: pass, opts: o, goSrc: map[*token.File]*migration.File{}, tokens: map[*migration.File]*token.File{}, userNames: map[string]bool{}}
	for _, s := range o.Sinks {
		p.userNames[s.Func[strings.LastIndexByte(s.Func, '.')+1:]] = true
	}
	for _, f := range pass.Files {
		name := p.fileName(f)
		if strings.HasSuffix(name, ".go") && (o.Tests || !strings.HasSuffix(name, "_test.go")) {
			p.files = append(p.files, f)
			if p.dir == "" {
				p.dir = filepath.Dir(name)
			}
		}
	}
	if p.base = o.base; p.base == "" && p.dir != "" {
		p.base = moduleOf(p.dir).dir
	}
	return p
}

func (p *pkg) fileName(f *ast.File) string { return p.pass.Fset.File(f.FileStart).Name() }

// show is a path as users are told it.
func (p *pkg) show(path string) string {
	if rel, err := filepath.Rel(p.base, path); err == nil && filepath.IsAbs(path) {
		path = rel
	}
	return filepath.ToSlash(path)
}

// source gives the text that a position stands in, and the offset there. It fails
// where the file is not what was compiled: that of cgo, or one changed since.
func (p *pkg) source(pos token.Pos) (f *migration.File, offset int, ok bool) {
	tf := p.pass.Fset.File(pos)
	if tf == nil {
		return nil, 0, false
	}
	f, seen := p.goSrc[tf]
	if !seen {
		if src, err := p.read(tf.Name()); err == nil && len(src) == tf.Size() {
			f = &migration.File{Path: p.show(tf.Name()), Src: src}
			p.tokens[f] = tf
		}
		p.goSrc[tf] = f
	}
	if f == nil {
		return nil, 0, false
	}
	return f, tf.Offset(pos), true
}

func (p *pkg) read(name string) ([]byte, error) {
	if p.pass.ReadFile != nil {
		if src, err := p.pass.ReadFile(name); err == nil {
			return src, nil
		}
	}
	return os.ReadFile(name)
}

// pos is the position of an offset in a Go file.
func (p *pkg) pos(f *migration.File, offset int) token.Pos {
	tf := p.tokens[f]
	return tf.Pos(max(0, min(offset, tf.Size())))
}

// module is what go.mod says of the drivers that a program may use.
type module struct {
	dir      string
	postgres bool // it requires a driver of PostgreSQL
	others   bool // it requires drivers of other databases
}

// The drivers, by parts of module paths.
var (
	postgresDrivers = []string{"jackc/pgx", "jackc/pgconn", "lib/pq", "go-pg/pg", "driver/pgdriver", "dialect/pgdialect", "driver/postgres", "cockroach-go"}
	otherDrivers    = []string{"go-sql-driver/mysql", "mattn/go-sqlite3", "modernc.org/sqlite", "glebarez/sqlite", "ncruces/go-sqlite3", "clickhouse-go",
		"go-mssqldb", "godror", "go-ora", "driver/mysql", "driver/sqlite", "driver/sqlserver", "sqliteshim", "dialect/sqlitedialect", "dialect/mysqldialect",
		"go-snowflake", "gosnowflake", "libsql-client-go", "ydb-go-sdk", "cloud.google.com/go/spanner", "vertica-sql-go", "gocql"}
)

// moduleOf reads the go.mod at or above a directory; without one the directory
// stands for itself.
func moduleOf(dir string) module {
	for d := dir; ; d = filepath.Dir(d) {
		src, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil {
			return module{d, mentions(src, postgresDrivers), mentions(src, otherDrivers)}
		}
		if d == filepath.Dir(d) {
			return module{dir: dir}
		}
	}
}

func mentions(src []byte, any []string) bool {
	for _, s := range any {
		if bytes.Contains(src, []byte(s)) {
			return true
		}
	}
	return false
}

// foreignNames are what directories and packages of other databases are called.
var foreignNames = map[string]bool{"mysql": true, "mariadb": true, "sqlite": true, "sqlite3": true, "clickhouse": true, "mssql": true, "sqlserver": true,
	"oracle": true, "cassandra": true, "spanner": true, "snowflake": true, "turso": true, "libsql": true, "vertica": true, "ydb": true, "firebird": true,
	"rqlite": true, "ql": true, "neo4j": true, "mongodb": true, "tidb": true, "duckdb": true, "starrocks": true, "dsql": true, "sqlcipher": true}

// foreignPath tells whether a path names another database.
func foreignPath(path string) bool {
	for _, s := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' || r == '_' || r == '-' || r == '.' }) {
		if foreignNames[strings.ToLower(s)] {
			return true
		}
	}
	return false
}

// foreign tells whether the package has nothing to do with PostgreSQL, as far as
// its path and the module's requirements say.
func (p *pkg) foreign() bool {
	if len(p.files) == 0 {
		return true
	}
	m := moduleOf(p.dir)
	return foreignPath(p.show(p.dir)) || m.others && !m.postgres
}
