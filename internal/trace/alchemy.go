package trace

import (
	"bytes"
	"regexp"
	"strings"
)

// alchemy reads the engine's log of SQLAlchemy and Alembic's own lines, in the format
// of alembic.ini and in that of echo=True.
type alchemy struct {
	app *app

	msg     int
	alembic bool
	line    int
	sql     []byte
	open    bool
	params  bool
	auto    bool // the connection is in autocommit mode
}

func (f *alchemy) name() string { return "alembic" }

var alembicRun = regexp.MustCompile(`Running (upgrade|downgrade|stamp_revision)\s+([^>]*)->\s*([^,\s]*)`)

func (f *alchemy) matches(line []byte) bool {
	head := line[:min(len(line), 250)]
	for _, word := range []string{"sqlalchemy.engine.Engine", "sqlalchemy.engine.base.Engine", "alembic.runtime.migration", "sqlalchemy.pool"} {
		if i := bytes.Index(head, []byte(word)); i >= 0 {
			f.alembic = word[0] == 'a'
			f.msg = i + len(word)
			for f.msg < len(line) && (line[f.msg] == ']' || line[f.msg] == ':' || line[f.msg] == '-' && f.msg+1 < len(line) && line[f.msg+1] != '-') {
				f.msg++
			}
			if f.msg < len(line) && line[f.msg] == ' ' {
				f.msg++
			}
			return true
		}
	}
	return false
}

func (f *alchemy) take(line []byte, n int) {
	m := line[f.msg:]
	alembic := f.alembic
	if !alembic && f.open && isParams(m) {
		f.arguments(m)
		return
	}
	f.flush()
	f.app.clockTime(line[:max(0, f.msg-1)])
	if alembic {
		g := alembicRun.FindSubmatch(m)
		if g == nil {
			return
		}
		e := f.app.event(Run, "alembic", n)
		e.Version = string(g[3])
		if e.Down = string(g[1]) == "downgrade"; e.Down {
			e.Version = strings.TrimSpace(string(g[2]))
		}
		f.app.r.emit(e)
		return
	}
	f.line, f.open, f.params = n, true, false
	f.sql = append(f.sql[:0], m...)
}

// isParams tells whether a message is the parameters of the one before.
func isParams(m []byte) bool {
	for _, p := range []string{"[generated in ", "[cached since ", "[raw sql]", "[no key ", "[dialect ", "[insertmanyvalues", "{", "()", "('", "[{"} {
		if bytes.HasPrefix(m, []byte(p)) {
			return true
		}
	}
	return false
}

var alchemyParam = regexp.MustCompile(`'(\w+)': ('(?:[^'\\]|\\.)*'|[^,}]+)`)

// arguments fills %(name)s with what the parameters say.
func (f *alchemy) arguments(m []byte) {
	f.params = true
	for _, g := range alchemyParam.FindAllSubmatch(m, -1) {
		v := g[2]
		if bytes.Equal(v, []byte("None")) {
			v = []byte("NULL")
		}
		f.sql = bytes.ReplaceAll(f.sql, append(append([]byte("%("), g[1]...), ")s"...), v)
		f.sql = bytes.ReplaceAll(f.sql, append([]byte(":"), g[1]...), v)
	}
}

func (f *alchemy) more(line []byte) bool {
	if !f.open || f.params {
		return len(bytes.TrimSpace(line)) == 0
	}
	if len(f.sql) < maxRecord {
		f.sql = append(append(f.sql, '\n'), line...)
	}
	return true
}

func (f *alchemy) flush() {
	if !f.open {
		return
	}
	f.open = false
	sql := bytes.TrimSpace(f.sql)
	switch {
	case bytes.HasPrefix(sql, []byte("BEGIN (implicit; DBAPI should not BEGIN")):
		f.auto = true
		return
	case bytes.HasPrefix(sql, []byte("COMMIT using DBAPI")), bytes.HasPrefix(sql, []byte("ROLLBACK using DBAPI")):
		f.auto = false
		return
	case bytes.HasPrefix(sql, []byte("BEGIN (implicit)")):
		sql, f.auto = []byte("BEGIN"), false
	case len(sql) == 0:
		return
	}
	e := f.app.statement("alembic", f.line, sql, nil)
	e.Session = "alembic"
	f.app.r.emit(e)
}
