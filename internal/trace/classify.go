package trace

import (
	"bytes"
	"strconv"
	"strings"
)

// relevant tells, without reading all of it closely, whether SQL may hold an operation
// other than OpOther and OpDML; reads tells whether log_statement = mod would leave it out.
// It may say yes too often, never no too often.
func (t *Tables) relevant(sql []byte) (yes, reads bool) {
	i := 0
	for i < len(sql) && isSpace(sql[i]) {
		i++
	}
	if i == len(sql) {
		return false, false
	}
	switch sql[i] | 0x20 {
	case 's': // SELECT, SET, SHOW, SAVEPOINT, START
		if foldPrefix(sql[i:], "start") {
			return true, true
		}
		return t.mentions(sql[i:]), true
	case 'i', 'u', 'd', 'm': // INSERT, UPDATE, DELETE, MERGE; DROP, DO, DISCARD, DECLARE
		if foldPrefix(sql[i:], "insert") || foldPrefix(sql[i:], "update") || foldPrefix(sql[i:], "delete") || foldPrefix(sql[i:], "merge") {
			return t.mentions(sql[i:]), false
		}
		return true, false
	case 'w', 'v', 'f', 'e', 'p', '(': // WITH, VALUES, FETCH, EXECUTE, EXPLAIN, PREPARE
		return t.mentions(sql[i:]), true
	}
	return true, false // BEGIN, COMMIT, CREATE, ALTER, comments, …
}

// hints are parts of the names of advisory functions and version tables, in lower
// case without their first letter, which may be a capital one.
var hints = [][]byte{[]byte("dvisory"), []byte("DVISORY"), []byte("igration"), []byte("IGRATION"), []byte("version"), []byte("hema_history"),
	[]byte("hema_revisions"), []byte("hangelog"), []byte("HANGELOG"), []byte("hinxlog"), []byte("quelizeMeta"), []byte("qitch"), []byte("chema_info"),
	[]byte("volutions"), []byte("chemaversions"), []byte("oose_lock"), []byte("ersionInfo")}

func (t *Tables) mentions(sql []byte) bool {
	if bytes.IndexByte(sql, ';') >= 0 && bytes.IndexByte(bytes.TrimRight(sql, "; \n\t\r"), ';') >= 0 {
		return true // several statements, or a text with one
	}
	for _, h := range hints {
		if bytes.Contains(sql, h) {
			return true
		}
	}
	for name := range t.own {
		if bytes.Contains(bytes.ToLower(sql), []byte(name)) {
			return true
		}
	}
	return false
}

func foldPrefix(b []byte, lower string) bool {
	return len(b) >= len(lower) && foldEqual(b[:len(lower)], lower)
}

// Classify gives what the statements of an SQL text do, in their order; params are
// those of the extended protocol, as the log shows them. A text that is cut off is
// read as far as it goes. Bodies of functions do nothing; those of DO do.
func (t *Tables) Classify(sql []byte, params []string) []Op {
	if ops := transaction(sql); ops != nil {
		return ops
	}
	var ops []Op
	l := lexer{src: sql}
	for {
		stmt, ok := l.statement()
		if !ok {
			return ops
		}
		if len(stmt) > 0 {
			c := classifier{tables: t, toks: stmt, src: sql, params: params}
			ops = append(ops, c.classify()...)
		}
		if len(ops) > 10000 {
			return ops // a dump
		}
	}
}

// The statements that every other line of a log is, made once.
var (
	opsBegin    = []Op{{Kind: OpBegin, Text: "BEGIN"}}
	opsCommit   = []Op{{Kind: OpCommit, Text: "COMMIT"}}
	opsRollback = []Op{{Kind: OpRollback, Text: "ROLLBACK"}}
)

// transaction gives the operation of a bare BEGIN, COMMIT or ROLLBACK.
func transaction(sql []byte) []Op {
	if len(sql) > 20 {
		return nil
	}
	switch w := bytes.TrimRight(sql, "; \n"); {
	case foldEqual(w, "begin"):
		return opsBegin
	case foldEqual(w, "commit"):
		return opsCommit
	case foldEqual(w, "rollback"):
		return opsRollback
	}
	return nil
}

// statement gives the tokens up to the next semicolon. BEGIN ATOMIC … END of a
// function's body is part of its statement.
func (l *lexer) statement() ([]token, bool) {
	var toks []token
	depth := 0
	for {
		t := l.next()
		switch {
		case t.kind == tokEnd:
			return toks, len(toks) > 0
		case t.mark(';') && depth == 0:
			return toks, true
		case t.is("atomic") && len(toks) > 0 && toks[len(toks)-1].is("begin"):
			depth++
		case depth > 0 && t.is("case"):
			depth++
		case depth > 0 && t.is("end"):
			depth--
		case t.mark('\\') && len(toks) == 0: // psql's command: to the end of its line
			for l.at < len(l.src) && l.src[l.at] != '\n' {
				l.at++
			}
			continue
		}
		toks = append(toks, t)
	}
}

type classifier struct {
	tables *Tables
	toks   []token
	src    []byte
	params []string
}

func (c *classifier) is(i int, words ...string) bool {
	for k, w := range words {
		if i+k >= len(c.toks) || !c.toks[i+k].is(w) {
			return false
		}
	}
	return true
}

func (c *classifier) text() string {
	return oneLine(c.src[c.toks[0].start:c.toks[len(c.toks)-1].end], 300)
}

func (c *classifier) classify() []Op {
	first := string(bytes.ToLower(c.toks[0].text))
	if c.toks[0].kind != tokWord && !c.toks[0].mark('(') {
		return nil
	}
	var ops []Op
	switch first {
	case "begin", "start":
		ops = []Op{{Kind: OpBegin}}
	case "commit", "end":
		if c.is(1, "prepared") {
			return nil
		}
		ops = []Op{{Kind: OpCommit}}
	case "rollback", "abort":
		ops = []Op{c.rollback()}
	case "prepare":
		if c.is(1, "transaction") {
			ops = []Op{{Kind: OpCommit}} // it is no longer the session's
		}
	case "discard":
		if c.is(1, "all") {
			ops = []Op{{Kind: OpReleaseAll}}
		}
	case "lock":
		ops = c.lockTable()
	case "insert", "update", "delete", "truncate", "merge", "copy":
		ops = c.write(first)
	case "create", "alter", "drop", "reindex", "comment", "grant", "revoke", "refresh", "cluster", "vacuum", "security", "import", "reassign", "repack":
		ops = c.ddl(first)
	case "do":
		ops = c.do()
	case "select", "with", "call", "perform", "values", "explain", "(", "execute", "declare":
		ops = c.query()
	}
	if ops == nil {
		ops = []Op{{Kind: OpOther}}
	}
	text := c.text()
	for i := range ops {
		if ops[i].Text == "" {
			ops[i].Text = text
		}
	}
	return ops
}

func (c *classifier) rollback() Op {
	for i := range c.toks {
		if c.is(i, "to") {
			return Op{Kind: OpRollbackTo}
		}
	}
	return Op{Kind: OpRollback}
}

// relation reads a qualified name at i and gives the place behind it.
func (c *classifier) relation(i int) (schema, name string, next int) {
	for i < len(c.toks) && (c.is(i, "only") || c.is(i, "table") || c.is(i, "if") || c.is(i, "not") || c.is(i, "exists") || c.is(i, "concurrently")) {
		i++
	}
	if i >= len(c.toks) || !c.toks[i].name() {
		return "", "", i
	}
	name = nameOf(c.toks[i])
	for i+2 < len(c.toks) && c.toks[i+1].mark('.') && c.toks[i+2].name() {
		schema, name = name, nameOf(c.toks[i+2])
		i += 2
	}
	return schema, name, i + 1
}

// nameOf is a name as the catalog has it.
func nameOf(t token) string {
	if t.kind == tokQuoted {
		return strings.ReplaceAll(string(t.text), `""`, `"`)
	}
	return strings.ToLower(string(t.text))
}

func (c *classifier) lockTable() []Op {
	schema, name, i := c.relation(1)
	if name == "" {
		return nil
	}
	mode := "ACCESS EXCLUSIVE"
	for ; i < len(c.toks); i++ {
		if c.is(i, "in") {
			var words []string
			for i++; i < len(c.toks) && !c.is(i, "mode"); i++ {
				words = append(words, strings.ToUpper(string(c.toks[i].text)))
			}
			mode = strings.Join(words, " ")
		}
	}
	return []Op{{Kind: OpLockTable, Schema: schema, Table: name, Mode: mode}}
}

// query gives the advisory calls and the version tables that a query reads.
func (c *classifier) query() []Op {
	ops := c.advisory()
	for i := range c.toks {
		if !c.is(i, "from") && !c.is(i, "join") {
			continue
		}
		schema, name, _ := c.relation(i + 1)
		if _, ok := c.tables.find(schema, name); ok {
			ops = append(ops, Op{Kind: OpCheck, Schema: schema, Table: name})
			for k := i; k+1 < len(c.toks); k++ {
				if c.is(k, "for", "update") {
					ops = append(ops, Op{Kind: OpRowLock, Schema: schema, Table: name, Xact: true})
					break
				}
			}
			break
		}
		if rowLocks[strings.ToLower(name)] {
			break // what a tool reads before it writes it
		}
	}
	if c.is(0, "with") {
		ops = append(ops, c.writesIn()...)
	}
	return ops
}

// writesIn finds the writes of version tables inside a WITH.
func (c *classifier) writesIn() []Op {
	for i := 1; i < len(c.toks); i++ {
		if c.is(i, "insert", "into") || c.is(i, "delete", "from") || c.is(i, "update") && !c.is(i-1, "for") && !c.is(i-1, "do") {
			w := *c
			w.toks = c.toks[i:]
			if ops := w.record(string(bytes.ToLower(c.toks[i].text))); ops != nil {
				return ops
			}
		}
	}
	return nil
}

// advisory gives the calls of advisory lock functions.
func (c *classifier) advisory() []Op {
	var ops []Op
	for i := 0; i < len(c.toks); i++ {
		t := c.toks[i]
		if !t.name() || len(t.text) < 16 || !foldPrefix(t.text, "pg_") || i+1 >= len(c.toks) || !c.toks[i+1].mark('(') {
			continue
		}
		rest, try := strings.CutPrefix(strings.ToLower(string(t.text)), "pg_try_")
		if !try {
			rest = rest[len("pg_"):]
		}
		rest, shared := strings.CutSuffix(rest, "_shared")
		args, end := c.arguments(i + 1)
		op := Op{Try: try, Shared: shared, Key: c.key(args)}
		switch rest {
		case "advisory_lock":
			op.Kind = OpAcquire
		case "advisory_xact_lock":
			op.Kind, op.Xact = OpAcquire, true
		case "advisory_unlock":
			op.Kind = OpRelease
		case "advisory_unlock_all":
			op.Kind = OpReleaseAll
		default:
			continue
		}
		op.Bare = c.is(0, "select") && (i == 1 || i == 3 && c.toks[2].mark('.')) && c.bareAfter(end)
		ops = append(ops, op)
		i = end - 1
	}
	return ops
}

// bareAfter tells whether nothing but an alias follows.
func (c *classifier) bareAfter(i int) bool {
	if c.is(i, "as") {
		i++
	}
	if i < len(c.toks) && c.toks[i].name() && !c.is(i, "from") && !c.is(i, "where") {
		i++
	}
	return i >= len(c.toks)
}

// arguments gives the tokens of each argument of the call whose parenthesis is at i.
func (c *classifier) arguments(i int) (args [][]token, end int) {
	depth, start := 0, i+1
	for ; i < len(c.toks); i++ {
		switch t := c.toks[i]; {
		case t.mark('('), t.mark('['):
			depth++
		case t.mark(')'), t.mark(']'):
			depth--
			if depth == 0 {
				if i > start || len(args) > 0 {
					args = append(args, c.toks[start:i])
				}
				return args, i + 1
			}
		case t.mark(',') && depth == 1:
			args = append(args, c.toks[start:i])
			start = i + 1
		}
	}
	return append(args, c.toks[min(start, len(c.toks)):]), len(c.toks)
}

func (c *classifier) key(args [][]token) Key {
	if len(args) == 0 {
		return Key{Text: "?"}
	}
	var n [2]int64
	for i, a := range args {
		v, ok := c.integer(a)
		if !ok || i > 1 {
			var parts []string
			for _, a := range args {
				parts = append(parts, c.expression(a))
			}
			return Key{Text: strings.Join(parts, ", ")}
		}
		n[i] = v
	}
	if len(args) == 2 {
		return Key{A: int32(n[0]), B: int32(n[1]), Two: true}
	}
	return Key{N: n[0]}
}

// integer reads 12, -12, '12', $1 and any of them with a cast.
func (c *classifier) integer(a []token) (int64, bool) {
	for len(a) > 2 && a[0].mark('(') && a[len(a)-1].mark(')') {
		a = a[1 : len(a)-1]
	}
	sign := ""
	if len(a) > 0 && a[0].mark('-') {
		sign, a = "-", a[1:]
	}
	if len(a) == 0 || len(a) > 1 && !(len(a) > 2 && a[1].mark(':') && a[2].mark(':')) {
		return 0, false
	}
	for _, t := range a[1:] {
		if !t.mark(':') && !t.name() && !t.mark('"') {
			return 0, false
		}
	}
	s := string(a[0].text)
	switch a[0].kind {
	case tokParam:
		p, ok := c.param(s)
		if !ok {
			return 0, false
		}
		s = p
	case tokNumber, tokString:
	default:
		return 0, false
	}
	if v, err := strconv.ParseInt(sign+strings.ReplaceAll(s, "_", ""), 10, 64); err == nil {
		return v, true
	}
	return 0, false
}

func (c *classifier) param(n string) (string, bool) {
	i, err := strconv.Atoi(n)
	if err != nil || i < 1 || i > len(c.params) {
		return "", false
	}
	return c.params[i-1], true
}

// expression is SQL of a key, its parameters filled in, in one spelling.
func (c *classifier) expression(a []token) string {
	var b strings.Builder
	for i, t := range a {
		if i > 0 && t.name() && a[i-1].name() {
			b.WriteByte(' ')
		}
		switch t.kind {
		case tokParam:
			if p, ok := c.param(string(t.text)); ok {
				b.WriteString("'" + p + "'")
			} else {
				b.WriteString("$" + string(t.text))
			}
		case tokString:
			b.WriteString("'" + string(t.text) + "'")
		case tokWord:
			b.WriteString(strings.ToLower(string(t.text)))
		default:
			b.Write(c.src[t.start:t.end])
		}
	}
	return b.String()
}

// do gives what a DO statement's body does: it runs at once, whatever its language.
func (c *classifier) do() []Op {
	for _, t := range c.toks[1:] {
		if t.kind != tokString {
			continue
		}
		body := classifier{tables: c.tables, src: t.text, params: nil}
		l := lexer{src: t.text}
		var ops []Op
		for {
			toks, ok := l.statement()
			if !ok {
				break
			}
			body.toks = toks
			ops = append(ops, body.embedded()...)
		}
		for i := range ops {
			ops[i].Text, ops[i].Bare = "", false
		}
		return ops
	}
	return nil
}

// embedded gives what a statement of PL/pgSQL does: the words before it are of its
// control structures.
func (c *classifier) embedded() []Op {
	for i, t := range c.toks {
		if t.kind != tokWord {
			continue
		}
		switch first := string(bytes.ToLower(t.text)); first {
		case "create", "alter", "drop", "reindex", "insert", "update", "delete":
			inner := *c
			inner.toks = c.toks[i:]
			if first == "insert" || first == "update" || first == "delete" {
				return inner.write(first)
			}
			return inner.ddl(first)
		}
	}
	return c.advisory()
}
