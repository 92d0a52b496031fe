package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// job is one direction of a migration that is to be run.
type job struct {
	*item
	down    bool
	groups  []*group
	mode    string // tx_mode of the ledger
	all     bool   // its tool runs all pending ones in one transaction
	sql     []byte // checksum of the normalised up part; nil where there is none
	gist    []byte // JSON: its statements, for a later drift
	count   int
	allowed []byte    // JSON: rule → reason
	at      time.Time // of a baseline: when it was applied
}

// group is what commits together: the statements of one transaction, or one that
// runs alone.
type group struct {
	ordinal int // from 1; of a down part from -1 downwards
	stmts   []*stmt
	begin   string // the text's own BEGIN, with its options
	alone   bool   // the server refuses it in a transaction
	hash    []byte
}

// stmt is one statement as it is sent.
type stmt struct {
	sql       string
	path      string
	line      int
	start     int    // in the file
	forbidden string // what the server calls it when it refuses it in a transaction
	op        effect.Op
	conc      *pgsql.Concurrently
	parsed    func(definition string) (same, known bool)
	control   pgsql.TxControl
	tx        pgsql.Tx
	normal    []byte   // without comments, see pgsql.Statement.Normal
	setting   bool     // of the session
	locks     []string // of a plan
}

func (s *stmt) String() string { return oneLine(s.sql, 80) }

// statements collects what lint visits.
type statements map[*migration.Migration]*[2][]*stmt

func (x statements) visit(v lint.Visit) {
	if v.Migration == nil {
		return
	}
	both := x[v.Migration]
	if both == nil {
		both = &[2][]*stmt{}
		x[v.Migration] = both
	}
	f := v.Stmt.Section.File
	s := &stmt{sql: string(v.Stmt.Raw()), path: f.Path, start: v.Stmt.Span.Start, line: 1 + bytes.Count(f.Src[:min(v.Stmt.Span.Start, len(f.Src))], []byte("\n")),
		control: v.Stmt.TxControl(), tx: v.Stmt.Tx, normal: v.Stmt.Normal()}
	s.forbidden, _ = effect.Forbidden(v.Effects)
	if c, ok := v.Stmt.Concurrently(); ok {
		s.conc = &c
		if c.Do == pgsql.CreateIndexConcurrently {
			one := *v.Stmt
			one.Section = &migration.Section{File: f}
			s.parsed = one.SameIndex
		}
	}
	s.locks = lockList(v.Effects)
	for i, e := range v.Effects {
		if i == 0 {
			s.op = e.Op
		}
		if (e.Op == effect.SetSetting || e.Op == effect.ResetSetting) && !e.Detail.Local && e.In == nil {
			s.setting = true
		}
	}
	d := 0
	if v.Down {
		d = 1
	}
	both[d] = append(both[d], s)
}

// copyFromStdin matches what waits for rows that nobody sends.
var copyFromStdin = regexp.MustCompile(`(?is)^COPY\b.*\bFROM\s+STDIN\b`)

// newJob cuts a direction into what commits together. The error says what safemig
// does not run.
func newJob(it *item, stmts []*stmt, down bool) (*job, error) {
	j := &job{item: it, down: down}
	if it.code != nil {
		j.mode = "transaction"
		if it.code.NoTransaction {
			j.mode = "none"
		}
		return j, nil
	}
	var cur *group
	tx := -1
	for _, s := range stmts {
		if err := runnable(s); err != nil {
			return nil, err
		}
		if cur == nil || s.tx.ID != tx {
			cur, tx = &group{}, s.tx.ID
			j.groups = append(j.groups, cur)
		}
		j.count++
		switch {
		case s.control.Op == pgsql.TxOpBegin && s.tx.Kind == pgsql.TxExplicit && len(cur.stmts) == 0:
			cur.begin = s.sql
		case s.control.Op == pgsql.TxOpBegin, s.control.Op == pgsql.TxOpCommit:
			// the transaction is safemig's: it commits with the record
		default:
			cur.stmts = append(cur.stmts, s)
			if s.tx.Kind == pgsql.TxNone && s.forbidden != "" {
				cur.alone, cur = true, nil // the first of a pipeline, too, is in no transaction yet
			}
		}
	}
	j.groups = compact(j.groups)
	for i, g := range j.groups {
		g.ordinal = i + 1
		if down {
			g.ordinal = -g.ordinal
		}
		h := sha256.New()
		for _, s := range g.stmts {
			h.Write(s.normal)
			h.Write([]byte{0})
		}
		g.hash = h.Sum(nil)
	}
	sections := it.m.Up
	if down {
		sections = it.m.Down
	}
	j.all = len(sections) > 0 && sections[0].Run.Wrap == migration.WrapAll && len(j.groups) <= 1
	if j.mode = "none"; j.single() {
		j.mode = "transaction"
	}
	if !down {
		texts := make([]text, len(stmts))
		for i, s := range stmts {
			texts[i] = text{s.normal, s.sql}
		}
		j.sql, j.gist = checksumSQL(texts), gist(texts)
	}
	return j, nil
}

// single tells whether the whole of it commits together with the record.
func (j *job) single() bool {
	if j.code != nil {
		return !j.code.NoTransaction
	}
	return len(j.groups) == 0 || len(j.groups) == 1 && !j.groups[0].alone
}

// compact drops transactions without statements.
func compact(gs []*group) []*group {
	out := gs[:0]
	for _, g := range gs {
		if len(g.stmts) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// runnable refuses what safemig cannot run so that it knows what became of it.
func runnable(s *stmt) error {
	why := ""
	switch {
	case strings.HasPrefix(s.sql, `\`):
		why = "a command of psql's is not SQL: take it out"
	case copyFromStdin.MatchString(s.sql):
		why = "COPY … FROM STDIN has no rows here: use INSERT, or load data outside of migrations"
	case s.control.Op == pgsql.TxOpRollback:
		why = "a migration that rolls its own work back cannot be recorded as applied: take ROLLBACK out"
	case s.control.Op == pgsql.TxOpPrepare:
		why = "PREPARE TRANSACTION would leave the transaction to somebody else: take it out"
	default:
		return nil
	}
	return fmt.Errorf("%s:%d: %s", s.path, s.line, why)
}

// gistOf is one statement as the ledger remembers it.
type gistOf struct {
	Hash string `json:"h"` // the beginning of SHA-256 of the normalised statement
	Text string `json:"t"` // its beginning
}

// mostGists bounds what the ledger keeps of one migration.
const mostGists = 500

func gist(stmts []text) []byte {
	out := []gistOf{}
	for _, s := range stmts[:min(len(stmts), mostGists)] {
		out = append(out, gistOf{shortHash(s.normal), oneLine(s.sql, 100)})
	}
	b, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings marshal
	}
	return b
}

func shortHash(normal []byte) string {
	sum := sha256.Sum256(normal)
	return fmt.Sprintf("%x", sum[:8])
}
