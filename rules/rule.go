// Package rules judges: every rule is a predicate over the effects of a
// statement, the locks that its transaction holds, and the catalog. Rules know
// no PostgreSQL; internal/effect does.
package rules

import (
	"cmp"
	"slices"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/internal/window"
)

// Category says what would go wrong.
type Category string

// The categories.
const (
	Lock     Category = "lock"      // others wait
	Failure  Category = "failure"   // the migration fails, hangs, or leaves broken state
	Breaking Category = "breaking"  // running application code breaks
	DataLoss Category = "data-loss" //
	Security Category = "security"
	Hygiene  Category = "hygiene" // timeouts, naming, types, idempotence
)

// Severity orders findings; the zero value is off.
type Severity int

// The severities.
const (
	Off     Severity = iota
	Info             // advice
	Warning          // harm that depends on what safemig cannot see
	Error            // an outage, certain failure or loss for a table with rows and traffic
)

var severityNames = [...]string{"off", "info", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity reads a severity's name.
func ParseSeverity(name string) (Severity, bool) {
	i := slices.Index(severityNames[:], name)
	return Severity(max(i, 0)), i >= 0
}

// Rule is one hazard. ID finishes the sentence "ignore …" and never changes.
// At most one of Check, Section and History is set; findings of a rule without
// any are made by the pipeline itself.
type Rule struct {
	ID       string
	Summary  string
	Category Category
	Severity Severity // by default
	Since    string   // the version of safemig that brought it

	Refusal bool // its findings say that the server refuses the statement: no other rule then speaks of it
	Once    bool // of each history only the first finding is kept, with a count of the migrations that have more

	// OnceATransaction: of each transaction only the first finding of the greatest
	// severity is kept, with a count of the others.
	OnceATransaction bool

	// Ops, where set, are the operations without one of which Check and Section
	// are not called.
	Ops []effect.Op
	ops effect.Ops // the same

	Check   func(*Pass)        // called for every statement
	Section func(*SectionPass) // called once after every section
	History func(*HistoryPass) // called once after the last migration
}

// Edit replaces the bytes of a file from Start to End by Text.
type Edit struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Finding is one place where a rule fired. Message says what happens, Hint what
// to write instead. A rule fills Span, Message, Hint and what it knows of
// Relation, Lock, Fix and Consequence; the Pass fills in the rest.
type Finding struct {
	Rule        *Rule
	Severity    Severity // the rule's, unless the rule says otherwise here
	File        *migration.File
	Span        migration.Span
	Statement   migration.Span // the statement that the finding is about; the zero Span for none
	Migration   string
	Direction   string // "up" or "down"
	Message     string // what happens: relation and lock named
	Consequence string // who waits for what until when; shown beside the caret
	Hint        string // what to do instead, as SQL where possible; may have several lines
	Relation    string
	Lock        string
	Tx          int    // the transaction of the statement; 0 for none
	Fix         []Edit // safe to make unread
	Unsafe      []Edit // instead: the migration ends with another schema, or the session with another setting
}

// Context is what all passes share.
type Context struct {
	PG        int
	Tool      string
	Migration *migration.Migration
	Section   *migration.Section
	Down      bool
	Later     []*migration.Migration // those behind Migration, whose down parts run before its own
	Asked     bool                   // the user turned the rule on by name
	Stmts     []pgsql.Statement      // of the section
	Catalog   *catalog.Catalog
	Orders    LockOrders // of the history's transactions so far
	report    func(Finding)
	rule      *Rule
}

// Pass is a rule's view of one statement: the catalog and the window are those
// before it.
type Pass struct {
	Context
	Stmt    *pgsql.Statement
	Do      *pgsql.Statement // the DO in whose body Stmt stands; nil outside
	Index   int              // of Stmt, or of Do, in Stmts
	Effects []effect.Effect
	Ops     effect.Ops // of Effects
	Window  *window.Window

	acts []action // of Effects, once asked for
}

// On makes the pass one of a statement with these effects; it is for the pipeline.
func (p *Pass) On(s *pgsql.Statement, effects []effect.Effect) {
	p.Stmt, p.Effects, p.Ops, p.acts = s, effects, effect.OpsOf(effects), nil
}

// SectionPass is a rule's view of a whole section, after its last statement.
type SectionPass struct {
	Context
	Effects [][]effect.Effect // by statement
}

// HistoryPass is a rule's view of everything, after the last migration.
type HistoryPass struct {
	Context
	Migrations []*migration.Migration

	lastN int // the migration that was read again, and what it does
	last  []again
}

// With gives the context a place for findings; it is for the pipeline.
func (c Context) With(report func(Finding)) Context {
	c.report = report
	return c
}

// Use makes what follows a rule's; it is for the pipeline.
func (c *Context) Use(r *Rule, asked bool) { c.rule, c.Asked = r, asked }

// Concerns tells whether the rule has anything to say of statements with these
// operations.
func (r *Rule) Concerns(ops *effect.Ops) bool {
	return len(r.Ops) == 0 || r.ops.Meets(ops)
}

// Report records a finding, with the rule's severity unless the finding has one.
// In a down section it is capped: rolling back is rare and done by people who
// watch, and what it takes away was meant to go.
func (c *Context) Report(f Finding) {
	f.Rule = c.rule
	f.Severity = cmp.Or(f.Severity, c.rule.Severity)
	if c.Down {
		most := Warning
		if c.rule.Category == DataLoss || c.rule.Category == Breaking {
			most = Info
		}
		f.Severity = min(f.Severity, most)
	}
	if c.Section != nil {
		f.File = cmp.Or(f.File, c.Section.File)
	}
	if c.Migration != nil {
		f.Migration = cmp.Or(f.Migration, c.Migration.Version)
	}
	if f.Direction = "up"; c.Down {
		f.Direction = "down"
	}
	c.report(f)
}

// Report records a finding about the statement; see Context.Report. Of a
// statement that the server refuses nothing else need be said.
func (p *Pass) Report(f Finding) {
	if !p.rule.Refusal && p.Refused() || (p.rule.Category == DataLoss || p.rule.Category == Breaking) && p.undone() {
		return
	}
	f.Tx = p.Stmt.Tx.ID
	if f.Statement.Len() == 0 && (f.File == nil || f.File == p.Section.File) {
		f.Statement = cmp.Or(p.Do, p.Stmt).Span
	}
	p.Context.Report(f)
}

// IsNew tells whether nobody else can be using the relation of an effect: it
// was created in this transaction, or by this migration and not filled since,
// or it is temporary.
func (p *Pass) IsNew(e effect.Effect) bool {
	if e.New {
		return true
	}
	r := p.Catalog.Get(e.OID)
	return r != nil && (e.Same && r.Populated != catalog.Yes || r.Persistence == catalog.Temp)
}

// idle tells whether work on a relation keeps nobody waiting: it is new, or this
// transaction truncated it, and holds the lock for that.
func (p *Pass) idle(e effect.Effect) bool { return e.Blank || p.IsNew(e) }

// Refused tells whether the server certainly refuses the statement.
func (p *Pass) Refused() bool {
	_, no := effect.Forbidden(p.Effects)
	return no && p.Stmt.Tx.Block() || p.fails() != nil
}

// fails gives the first effect that certainly fails, nil if there is none.
func (p *Pass) fails() *effect.Effect {
	i := slices.IndexFunc(p.Effects, func(e effect.Effect) bool { return e.Detail.Fails != "" })
	if i < 0 {
		return nil
	}
	return &p.Effects[i]
}

var all []*Rule

func register(r Rule) *Rule {
	for _, o := range r.Ops {
		r.ops.Add(o)
	}
	all = append(all, &r)
	return &r
}

// All gives every rule, by ID.
func All() []*Rule {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Find gives the rule of an ID.
func Find(id string) (*Rule, bool) {
	i := slices.IndexFunc(all, func(r *Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}
