package effect

import (
	"cmp"
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/catalog"
	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
)

// Effect is what one statement, or one action of an ALTER TABLE, does to one
// relation. The effect that carries the action has the Op of the action; the
// relations that are touched besides have Via set and Op Also.
type Effect struct {
	Op     Op
	Via    Op           // for Also: the action that reaches this relation
	Target catalog.Name // the relation, or the type, schema or function that the Op speaks of
	OID    catalog.OID  // of Target, where it is in the catalog before the statement
	Kind   catalog.Kind // "" when Target is no relation
	Column string
	Object string // the constraint, index, trigger, … that the action names
	Lock   LockMode
	Work   Work
	New    bool   // Target was created in this transaction: nobody else can see it
	Same   bool   // Target was created by this migration
	NoRows bool   // this transaction took all rows out of Target, and puts none in since
	Blank  bool   // it did so with TRUNCATE: there is nothing to read, and nobody can put any in
	NoOp   bool   // the statement changes nothing (IF NOT EXISTS on what exists) but locks all the same
	Brief  bool   // the lock is released before the transaction ends
	Why    string // what makes the work or the lock necessary, where that is not plain
	Detail Detail
	Change catalog.Change
	Span   migration.Span   // the clause, in the file
	Node   *pg_query.Node   // the action's node, for effect's own use
	In     *pgsql.Statement // the statement of a DO's body that has it; nil outside

	applied bool // the change was applied when the effect was added
}

// Detail is what single rules ask beyond locks and work; only the fields of
// the Op are set.
type Detail struct {
	Type       string       // ADD COLUMN, ALTER TYPE: the type as SQL writes it
	OldType    string       // ALTER TYPE: the type before, "" where unknown
	Default    string       // ADD COLUMN, SET DEFAULT: the expression
	Volatile   catalog.Tri  // the default calls a volatile function
	NotNull    bool         // ADD COLUMN … NOT NULL
	Columns    []string     // constraints and indexes: their columns
	Ref        catalog.Name // FOREIGN KEY: the referenced table; CREATE TABLE: the first parent
	RefOID     catalog.OID
	RefNew     bool // the referenced table was created in this transaction or migration
	NotValid   bool // NOT VALID or NOT ENFORCED
	Concurrent bool // CONCURRENTLY
	IfExists   bool // IF EXISTS or IF NOT EXISTS
	Cascade    bool
	Unique     bool
	Name       string      // the new name of a rename, the setting of SET, the label of an enum
	Value      string      // the value of SET
	Local      bool        // SET LOCAL; advisory locks: released at the end of the transaction
	Names      []string    // several names in one DROP; INSERT: columns that are given numbers
	Fails      string      // why the server refuses the statement, where that is certain
	SQLState   string      // with Fails
	Unknown    catalog.Tri // DROP: no migration created it; else what the Op says
	UsesIndex  string      // USING INDEX
	Recurses   bool        // CREATE INDEX: on the partitions of the table, too

	Replace         bool                   // OR REPLACE
	SecurityDefiner bool                   // CREATE, ALTER FUNCTION
	Volatility      byte                   // CREATE, ALTER FUNCTION: 'i', 's' or 'v' (pg_proc.provolatile)
	OldVolatility   byte                   // of the function that is replaced or altered, 0 for none or unknown
	SearchPathSet   bool                   // CREATE, ALTER FUNCTION … SET search_path
	Privileges      []string               // GRANT, REVOKE: what, "all" for all
	Grantees        []string               // GRANT, REVOKE, policies: the roles besides PUBLIC
	ToPublic        bool                   // PUBLIC is among them
	Inline          bool                   // the constraint stands in the definition of a new column
	HasDefault      bool                   // ADD COLUMN: the new column gets a value in every row; SET, DROP DEFAULT: it had one
	Cause           Cause                  // ADD COLUMN: what makes the rewrite necessary
	Base            string                 // ADD COLUMN: the type that the domain is over; else as Type
	Column          *catalog.Column        // ADD COLUMN, DROP COLUMN: as it will be, or was; nil for others, or where unknown
	Kind            catalog.ConstraintKind // VALIDATE, DROP CONSTRAINT: of the constraint, where known
	NoWhere         bool                   // UPDATE, DELETE: every row
	Picks           bool                   // UPDATE, DELETE: a column is held to constants
	ByKey           bool                   // UPDATE, DELETE: a key is held within a constant, on one side at least
	Bounded         bool                   // UPDATE, DELETE: of a key given as constants, of a subquery with LIMIT, or of a system catalog
	NoWait          bool                   // LOCK … NOWAIT; advisory locks: the call gives false instead of waiting
	Bare            bool                   // INSERT: without a list of columns; CREATE: without a schema; ADD CONSTRAINT: without a name
	Narrows         string                 // ALTER TYPE without USING: what becomes of values that the new type does not hold
	Loses           bool                   // with Narrows: the server changes them without an error
	Using           bool                   // ALTER TYPE: with USING, whose columns are Columns
	AddedTx         int                    // VALIDATE, DROP CONSTRAINT: the transaction that added it, 0 unknown
}

// Cause is what makes ADD COLUMN rewrite the table.
type Cause string

// The causes; "" for none.
const (
	ByDefault   Cause = "default" // a volatile default
	BySerial    Cause = "serial"
	ByIdentity  Cause = "identity"
	ByGenerated Cause = "generated" // GENERATED … STORED
	ByDomain    Cause = "domain"    // a domain with a constraint
)

// Forbidden tells whether the server refuses the statement in a transaction
// block (PreventInTransactionBlock), and what it is called there.
func Forbidden(effects []Effect) (what string, yes bool) {
	for i := range effects {
		if e := &effects[i]; e.Op == NoTransaction {
			return e.Object, true
		}
	}
	return "", false
}

// AwaitsSnapshots gives the index build for which the server waits until every older
// snapshot in the database is gone, whatever the session that has it is about to do:
// WaitForOlderSnapshots in indexcmds.c, of CREATE INDEX and REINDEX CONCURRENTLY. DROP
// INDEX and DETACH PARTITION CONCURRENTLY wait for those alone who use the table.
func AwaitsSnapshots(effects []Effect) (build Effect, yes bool) {
	work := false
	for _, e := range effects {
		work = work || e.Work != 0
		if (e.Op == CreateIndex || e.Op == Reindex) && e.Detail.Concurrent && !e.NoOp && !yes {
			build, yes = e, true
		}
	}
	return build, yes && work
}

// Of gives the effects of a statement on the catalog before it, for a server of
// the given major. It changes nothing: apply the effects' Changes in order.
func Of(s *pgsql.Statement, c *catalog.Catalog, pg int) []Effect {
	effects, _ := (&Preparer{room: make([]Effect, 0, 4)}).Prepare(s, c, pg)
	return effects
}

// Preparer prepares the effects of many statements. The zero value is ready.
type Preparer struct {
	room []Effect // for the effects of statements to come
}

// Forget gives the room of all effects so far to those to come: nobody may look at
// them any more.
func (p *Preparer) Forget() {
	clear(p.room)
	p.room = p.room[:0]
}

// Prepare is Of, with a function that applies all of the Changes. It must be
// called before anything else changes the catalog, if at all; what Of found out
// is then not done a second time.
func (p *Preparer) Prepare(s *pgsql.Statement, c *catalog.Catalog, pg int) (effects []Effect, apply func()) {
	if cap(p.room)-len(p.room) < 4 {
		p.room = make([]Effect, 0, 64)
	}
	mark, loose := c.Mark(), c.Loose
	o := &of{s: s, c: c, pg: pg, out: p.room[len(p.room):]}
	defer func() {
		if n := len(p.room) + len(o.out); n <= cap(p.room) {
			p.room = p.room[:n]
		}
		o.out = slices.Clip(o.out)
		effects = o.out
		c.Loose = loose
	}()
	if s.Node == nil {
		o.unparsed()
	} else {
		o.statement(s.Node)
	}
	undone := c.Undo(mark)
	o.settle()
	if o.exact() {
		return o.out, func() { c.Redo(undone) }
	}
	return o.out, func() {
		for i := range o.out {
			c.Apply(o.out[i].Change)
		}
	}
}

// exact tells whether what was applied meanwhile is what the effects say. It is
// not for the body of a function, which is not run, or where an effect was added
// without its change.
func (o *of) exact() bool {
	for i := range o.out {
		if e := &o.out[i]; e.applied != (e.Change != nil) {
			return false
		}
	}
	return true
}

// Merge gives one effect per relation: the union of locks and work, as
// `safemig locks` reports them, ordered by name.
func Merge(effects []Effect) []Effect {
	var out []Effect
	at := map[catalog.Name]int{}
	for _, e := range effects {
		if e.Kind == "" {
			continue
		}
		i, ok := at[e.Target]
		if !ok {
			at[e.Target] = len(out)
			out = append(out, e)
			continue
		}
		m := &out[i]
		m.Lock, m.Work, m.New = m.Lock.Union(e.Lock), m.Work|e.Work, m.New && e.New
		m.Brief = m.Brief && e.Brief
	}
	slices.SortFunc(out, func(a, b Effect) int {
		return cmp.Or(cmp.Compare(a.Target.Schema, b.Target.Schema), cmp.Compare(a.Target.Name, b.Target.Name))
	})
	return out
}
