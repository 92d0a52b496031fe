package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/safemig/safemig/internal/trace"
)

// The findings' texts: what happened, with what PostgreSQL does and why, and what to
// do about it with the tool that was seen.

func (a *Auditor) releasedEarly(v *Version, iv *interval, end Point, r *record) Finding {
	c, meant := Certain, "is released"
	if iv.failed != nil {
		meant = "is meant to be released"
	}
	if iv.doubtful && iv.failed == nil && iv.own != trace.Yes {
		c = Possible
	}
	gap := ""
	if d := delta(end, r.commit); d > 0 {
		gap = fmt.Sprintf(" (%s later)", d)
	}
	how := ""
	if iv.how != "" && iv.how != "released" {
		how = " by " + iv.how
	}
	return Finding{Rule: "lock-released-before-record", Severity: Error, Certainty: c, At: end, key: iv.name,
		Message: fmt.Sprintf("%s %s at %s%s, but version %s is recorded at %s%s: in between another node gets the lock, finds the version missing and runs it again",
			a.lockName(iv), meant, end.clockText(), how, v.Version, r.commit.clockText(), gap),
		Hint: a.holdIt(v)}
}

// delta is how much later q is than p.
func delta(p, q Point) time.Duration {
	if p.Time.IsZero() || q.Time.IsZero() {
		return 0
	}
	return q.Time.Sub(p.Time).Round(100 * time.Microsecond)
}

// holdIt is the remedy for a lock that does not cover the record.
func (a *Auditor) holdIt(v *Version) string {
	switch v.tool() {
	case "Ecto":
		return "let the migrator hold the lock: config :my_app, MyApp.Repo, migration_lock: :pg_advisory_lock (ecto_sql 3.9 and later); then take the lock calls and @disable_migration_lock out of the migration and leave only @disable_ddl_transaction"
	case "Rails":
		return "leave the lock to db:migrate, which holds its own until the record is written; take the lock calls out of the migration"
	case "goose":
		return "use goose.NewProvider with goose.WithSessionLocker: the provider holds the lock until the record is written"
	}
	return "let the migration tool hold one lock from before it reads the version table until the record has committed, as safemig up does; take the lock calls out of the migration"
}

// tool is whose log it is, as far as it is known.
func (v *Version) tool() string {
	c := v.client
	switch {
	case c == nil:
		return v.Tool
	case c.tool != "":
		return c.tool
	case c.format == "rails":
		return "Rails"
	case c.format == "django":
		return "Django"
	case c.format == "alembic":
		return "Alembic"
	case c.format == "ecto":
		return "Ecto"
	}
	return v.Tool
}

func (a *Auditor) otherSession(iv *interval, at Point, on string, c Certainty, distance, size int) Finding {
	where, who := "another connection than the one that holds the lock", "the connection that holds it"
	if on != "" {
		where = fmt.Sprintf("session %s, but session %s holds the lock", on, iv.session.show)
		who = "session " + iv.session.show
	}
	why := ""
	switch {
	case on == "" && size > 0 && distance > 0:
		why = fmt.Sprintf("; lock and unlock each take a connection from the pool, %s, and a pool of %d gives them in turn", apart(distance), size)
	case on == "":
		why = "; lock and unlock each take a connection from the pool (idle= in both lines)"
	}
	f := Finding{Rule: "unlock-on-other-session", Severity: Error, Certainty: c, At: at, key: iv.name,
		Message: fmt.Sprintf("pg_advisory_unlock(%s) runs on %s%s: PostgreSQL answers \"you don't own a lock of type ExclusiveLock\", since advisory locks belong to the session that took them, and %s keeps the lock until it disconnects",
			iv.name, where, why, who),
		Hint: "take and release a session lock on one connection that is not given back in between; better, let the migration tool hold it"}
	return f
}

func (a *Auditor) notOwner(at Point, on string, op trace.Op) Finding {
	what := "a pg_advisory_unlock"
	if op.Text != "" {
		what = fmt.Sprintf("pg_advisory_unlock(%s)", op.Key)
	}
	where := "a session that does not hold the lock"
	if on != "" {
		where = fmt.Sprintf("session %s, which does not hold the lock", on)
	}
	return Finding{Rule: "unlock-on-other-session", Severity: Error, Certainty: Certain, At: at,
		Message: fmt.Sprintf("%s ran on %s: PostgreSQL answers \"you don't own a lock of type ExclusiveLock\" and releases nothing; the session that took the lock keeps it until it disconnects", what, where),
		Hint:    "take and release a session lock on one connection that is not given back in between; better, let the migration tool hold it"}
}

func (a *Auditor) ignored(iv *interval, c Certainty, holder *interval) Finding {
	m := fmt.Sprintf("nobody looks at the result of pg_try_advisory_lock(%s): where another session holds the key it returns false, waits for nothing, and the migration runs unlocked", iv.name)
	if holder != nil {
		m = fmt.Sprintf("pg_try_advisory_lock(%s) cannot have been granted, session %s held it; the migration ran all the same: nobody looks at the result", iv.name, holder.session.show)
	}
	return Finding{Rule: "try-lock-result-ignored", Severity: Error, Certainty: c, At: iv.grant, key: iv.name, Message: m,
		Hint: "let the migration tool take the lock and look at the answer; in SQL: DO $$ BEGIN IF NOT pg_try_advisory_lock(…) THEN RAISE EXCEPTION 'locked'; END IF; END $$"}
}

func (a *Auditor) outside(iv *interval, d *ddl) Finding {
	side := "after it was released"
	when := iv.grant
	if end, ok := iv.end(); ok && d.at.seq > end.seq {
		when = end
	} else {
		side = "before it was taken"
	}
	return Finding{Rule: "lock-does-not-cover-ddl", Severity: Error, Certainty: Certain, At: d.at,
		Message: fmt.Sprintf("%s runs outside %s, %s at %s: another node can run the same statement at the same time", d.op.What, a.lockName(iv), side, when.clockText()),
		Hint:    "one lock has to be held from before the version table is read until the record has committed"}
}

func (a *Auditor) gap(iv *interval, r *record) Finding {
	return Finding{Rule: "lock-released-before-record", Severity: Error, Certainty: Possible, At: r.at, key: "gap",
		Message: fmt.Sprintf("no single lock covers the version: %s is one of several that follow each other", a.lockName(iv)),
		Hint:    "hold one lock from before the version table is read until the record has committed"}
}

func (a *Auditor) notAtomic(v *Version, d *ddl, dirty bool) Finding {
	f := Finding{Rule: "record-not-atomic-with-ddl", Severity: Warning, Certainty: Certain, At: d.at,
		Message: fmt.Sprintf("%s commits apart from the record of version %s: a crash in between leaves it applied and unrecorded, and the next run does it again", d.op.What, v.Version),
		Hint:    "record in the transaction of the change, or write the migration so that it can be run again"}
	switch {
	case d.op.Concurrently:
		f.Severity = Info
		f.Hint = "it cannot be otherwise for CONCURRENTLY; make it re-runnable: DROP INDEX CONCURRENTLY IF EXISTS first, since IF NOT EXISTS takes an INVALID index for one that exists"
	case dirty:
		f.Severity = Info
		f.Hint = "the tool has marked the version as begun before, so the crash is noticed; it has to be repaired by hand"
	}
	return f
}

func (a *Auditor) hang(iv *interval, d *ddl, at Point, c Certainty) Finding {
	d.hung = c == Certain
	f := Finding{Rule: "cic-under-transaction-lock", Severity: Error, Certainty: c, At: at,
		Message: fmt.Sprintf("%s waits for the transaction of %s, which holds the migration lock (%s) and waits for its client: the client waits for the build, so it never ends, and PostgreSQL sees no deadlock because the other session is idle",
			d.op.What, who(iv.session), iv.text),
		Hint: "use a session-level advisory lock, which needs no transaction"}
	if iv.session.client.tool == "Ecto" || iv.session.client.format == "ecto" {
		f.Hint = "config :my_app, MyApp.Repo, migration_lock: :pg_advisory_lock (ecto_sql 3.9 and later): its lock is held outside transactions"
	}
	if c == Possible && d.ended || c == Possible && !d.hangs {
		f.Severity = Warning
		f.Message = fmt.Sprintf("%s ran while %s held the migration lock in a transaction (%s): it went well this time; where that transaction has a snapshot open, the build waits for it for ever", d.op.What, who(iv.session), iv.text)
	}
	return f
}

func (a *Auditor) xactAlone(s *session, op *trace.Op, at Point) {
	c := Certain
	if s.first.seq == at.seq {
		c = Possible // the log may begin inside a transaction
	}
	a.report(s, Finding{Rule: "xact-lock-outside-transaction", Severity: Error, Certainty: c, At: at, key: op.Key.String(),
		Message: fmt.Sprintf("pg_advisory_xact_lock(%s) outside a transaction: its own statement is the transaction, at whose end PostgreSQL releases it; it protects nothing that follows", op.Key),
		Hint:    "take it after BEGIN, in the transaction that writes the record too; outside transactions only a session lock holds"})
}

func (a *Auditor) blockingLock(iv *interval, d *ddl, body bool) Finding {
	f := Finding{Rule: "blocking-lock-with-concurrently", Severity: Error, Certainty: Possible, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("pg_advisory_lock(%s) waits inside a statement: a second node that waits there has a snapshot, %s waits for all older snapshots, and the two wait for each other: one fails with 40P01 and may leave an INVALID index, or both hang where lock and build are on different connections",
			iv.name, d.op.What),
		Hint: "poll pg_try_advisory_lock from the client, sleeping in between and outside transactions: an idle session has no snapshot"}
	if !body {
		f.Severity = Warning
	}
	return f
}

func (a *Auditor) deadlocked(at Point, key, waiter, builder, text string) Finding {
	who := "a concurrent build"
	if builder != "" {
		who = fmt.Sprintf("session %s (%s)", builder, oneLine(text, 80))
	}
	return Finding{Rule: "blocking-lock-with-concurrently", Severity: Error, Certainty: Certain, At: at, key: key,
		Message: fmt.Sprintf("session %s waits in pg_advisory_lock(%s) and has a snapshot; %s waits for that snapshot and holds the lock: a deadlock, after which the index is INVALID if the build was the one to be cancelled", waiter, key, who),
		Hint:    "poll pg_try_advisory_lock from the client, sleeping in between and outside transactions: an idle session has no snapshot"}
}

func (a *Auditor) leaked(iv *interval, c Certainty) Finding {
	return Finding{Rule: "missing-unlock", Severity: Error, Certainty: c, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("the session lock %s is never released by the session that took it (%s): a session lock outlives its transaction, so it stays on a pooled connection and keeps every later migrator out until that connection closes", iv.name, who(iv.session)),
		Hint:    "release it on the same connection, or take a lock that ends with its transaction: pg_advisory_xact_lock after BEGIN"}
}

func (a *Auditor) mismatch(iv *interval, op *trace.Op, at Point) Finding {
	why := fmt.Sprintf("it holds %s", iv.name)
	if iv.name == op.Key.String() && iv.shared != op.Shared {
		why = "it holds that key in the other mode, and a shared lock is released by pg_advisory_unlock_shared"
	} else if iv.key.Two != op.Key.Two {
		why = fmt.Sprintf("it holds %s: one bigint and two ints are different locks", iv.name)
	}
	return Finding{Rule: "lock-key-mismatch", Severity: Error, Certainty: Certain, At: at, key: iv.name,
		Message: fmt.Sprintf("%s releases nothing, %s; the lock of line %d stays held until its session ends", callOf(op), why, iv.grant.Line),
		Hint:    "unlock the key that was locked, in the same form and mode"}
}

func callOf(op *trace.Op) string {
	if op.Shared {
		return fmt.Sprintf("pg_advisory_unlock_shared(%s)", op.Key)
	}
	return fmt.Sprintf("pg_advisory_unlock(%s)", op.Key)
}

func (a *Auditor) unlockXact(iv *interval, at Point) Finding {
	return Finding{Rule: "lock-key-mismatch", Severity: Warning, Certainty: Certain, At: at, key: iv.name + "x",
		Message: fmt.Sprintf("pg_advisory_unlock(%s) releases nothing: the lock was taken by pg_advisory_xact_lock, which only the end of the transaction releases", iv.name),
		Hint:    "leave the unlock out"}
}

func (a *Auditor) twice(v *Version, r *record) Finding {
	return Finding{Rule: "same-version-twice", Severity: Error, Certainty: Certain, At: r.at,
		Message: fmt.Sprintf("version %s is recorded twice, by sessions %s and %s", v.Version, v.rec.session.show, r.session.show),
		Hint:    a.holdIt(v)}
}

func (a *Auditor) bothRan(d *ddl, s *session, at Point) Finding {
	return Finding{Rule: "same-version-twice", Severity: Error, Certainty: Certain, At: at,
		Message: fmt.Sprintf("two nodes ran the same migration: sessions %s and %s both sent %s (lines %d and %d)", d.session.show, s.show, oneLine(d.op.Text, 80), d.at.Line, at.Line),
		Hint:    "let one lock cover each version from the reading of the version table to its record, or run migrations from one place"}
}

func (a *Auditor) duplicate(s *session, name string, at Point) Finding {
	return Finding{Rule: "same-version-twice", Severity: Error, Certainty: Certain, At: at,
		Message: fmt.Sprintf("session %s could not record version %s: the version table had it already (23505), so two nodes ran it", s.show, name),
		Hint:    "let one lock cover each version from the reading of the version table to its record, or run migrations from one place"}
}

func (a *Auditor) noLock(v *Version, r *record, done []*ddl) Finding {
	f := Finding{Rule: "no-lock", Severity: Warning, Certainty: Certain, At: done[0].at,
		Message: fmt.Sprintf("no lock protects version %s: a second node that starts now runs it too; the loser's transaction fails on what the winner has made, and is rolled back", v.Version),
		Hint:    a.takeOne(v)}
	for _, d := range done {
		if d.txn == 0 && !d.tx && !(d.vxid != "" && d.vxid == r.vxid) && !r.op.Fenced {
			f.Severity, f.At = Error, d.at
			f.Message = fmt.Sprintf("no lock protects version %s, and %s commits by itself: a second node that starts now runs it too, and nothing rolls back what the loser has done", v.Version, d.op.What)
			return f
		}
	}
	if r.op.Fenced {
		f.Message += "; the record is fenced: UPDATE … WHERE changes no row for the second"
	}
	return f
}

func (a *Auditor) doubtfulCover(v *Version, iv *interval) Finding {
	return Finding{Rule: "no-lock", Severity: Warning, Certainty: Possible, At: iv.grant,
		Message: fmt.Sprintf("only lock %s of session %s covers version %s, and nothing in the log shows that it is the migrator's: its session has not read the version table, and its key is no tool's", iv.name, iv.session.show, v.Version),
		Hint:    "if it is the migrator's lock all is well: read the version table on the session that holds it, or log application_name"}
}

func (a *Auditor) thereAlready(version, message string, at Point) Finding {
	return Finding{Rule: "same-version-twice", Severity: Error, Certainty: Possible, At: at,
		Message: fmt.Sprintf("version %s failed on what is there already (%s), and no lock kept others out: another node has run it, or an earlier attempt has left it", version, oneLine(message, 100)),
		Hint:    "let one lock cover each version from the reading of the version table to its record, or run migrations from one place"}
}

// takeOne is the remedy for no lock at all.
func (a *Auditor) takeOne(v *Version) string {
	switch v.tool() {
	case "Ecto":
		return "config :my_app, MyApp.Repo, migration_lock: :pg_advisory_lock (ecto_sql 3.9 and later), and no @disable_migration_lock: this lock does not stand in CONCURRENTLY's way"
	case "Rails":
		return "leave advisory_locks on in config/database.yml; behind a transaction pooler give db:migrate a direct connection"
	case "Django":
		return "Django takes no lock: run migrate from one place (a job, an init step of one node), or hold pg_advisory_lock on a connection around it"
	case "Alembic":
		return "Alembic takes no lock: run it from one place, or take pg_advisory_xact_lock in env.py's run_migrations_online, before context.run_migrations()"
	case "goose":
		return "goose's command takes no lock: use goose.NewProvider with goose.WithSessionLocker, or run it from one place"
	}
	return "run migrations from one place, or with a tool that holds a lock until the record has committed, as safemig up does"
}

func (a *Auditor) unseen(at Point, sampled bool) Finding {
	why := "log_statement is ddl or mod, which leaves out the SELECT, BEGIN and LOCK that take locks"
	if sampled {
		why = "only statements above a duration are in the log"
	}
	return Finding{Rule: "no-lock", Severity: Warning, Certainty: NotObservable, At: at,
		Message: "the log cannot show whether a lock protects this: " + why,
		Hint:    "log the migration's sessions with log_statement = all: ALTER ROLE migrator SET log_statement = 'all'"}
}

func (a *Auditor) checkedBefore(v *Version, r *record, iv *interval) {
	if r.check.seq == 0 && (r.run == nil || r.run.server || v.client.format != "ecto" && v.client.format != "rails") || r.check.seq > iv.grant.seq {
		return
	}
	at := r.check
	if at.seq == 0 {
		at = r.run.at
	}
	v.add(Finding{Rule: "version-check-outside-lock", Severity: Warning, Certainty: Certain, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("the version table was read before %s was taken: a node that waited for the lock runs the version again, though it is recorded by then", a.lockName(iv)),
		Hint:    "read the version table again inside the lock; a lock taken inside a migration is always too late for that"})
}

func (a *Auditor) pooled(iv *interval, c Certainty) Finding {
	m := fmt.Sprintf("the session lock %s is taken on a connection that goes straight back to the pool (idle= shows a checkout of its own): what follows runs on whichever connection is next", iv.name)
	if iv.failedOn != "" && iv.session.server {
		m = fmt.Sprintf("the session lock %s is taken on session %s and the next statement of the client runs on session %s: a connection of a pool, which went back to it with the lock", iv.name, iv.session.show, iv.failedOn)
	}
	if c == Possible {
		m = fmt.Sprintf("the session lock %s is taken on session %s while the migration runs on others: a connection of a pool, it seems, which goes back to it with the lock", iv.name, iv.session.show)
	}
	return Finding{Rule: "session-lock-on-pooled-connection", Severity: Warning, Certainty: c, At: iv.grant, key: iv.name, Message: m,
		Hint: "pin one connection for lock, work and unlock (Ecto: Repo.checkout around all of it), or let the migration tool hold the lock"}
}

func (a *Auditor) sharedLock(iv *interval) Finding {
	return Finding{Rule: "shared-lock-as-mutex", Severity: Warning, Certainty: Certain, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("the lock %s is taken in shared mode: two migrators can hold it together", iv.name),
		Hint:    "pg_try_advisory_lock, without _shared"}
}

func (a *Auditor) unlockAborted(s *session, op *trace.Op, at Point) {
	a.report(s, Finding{Rule: "unlock-in-aborted-transaction", Severity: Warning, Certainty: Certain, At: at, key: op.Key.String(),
		Message: fmt.Sprintf("%s in a transaction that has failed: PostgreSQL refuses every statement until ROLLBACK (25P02), so the lock stays held", callOf(op)),
		Hint:    "unlock after ROLLBACK, which does not release session locks itself"})
}

func (a *Auditor) otherHolder(iv *interval, d *ddl, c Certainty, sev Severity) Finding {
	return Finding{Rule: "lock-holder-is-another-session", Severity: sev, Certainty: c, At: d.at,
		Message: fmt.Sprintf("%s is held by %s while %s runs on %s: if the client dies, PostgreSQL frees the lock of the idle session at once, but the statement goes on to its end unprotected", a.lockName(iv), who(iv.session), d.op.What, who(d.session)),
		Hint:    "a runner that works on the connection that holds the lock has no such gap, as safemig up does; client_connection_check_interval makes it shorter"}
}

func who(s *session) string {
	if s.server {
		return "session " + s.show
	}
	if s.anon {
		return "a connection of the pool"
	}
	return "the " + strings.TrimSpace(s.show) + " connection"
}

func (a *Auditor) ownKey(s *session, iv, holder *interval) {
	m := "PostgreSQL waits for it for ever, since the migrator waits for the migration"
	if iv.try {
		m = "the try returns false"
	}
	a.report(s, Finding{Rule: "body-uses-runner-key", Severity: Error, Certainty: Certain, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("the migration locks %s, which the migrator already holds on another connection (line %d): %s", iv.name, holder.grant.Line, m),
		Hint:    "take the lock calls out of the migration: the migrator's lock protects it"})
}

func (a *Auditor) unbalanced(iv *interval) Finding {
	return Finding{Rule: "unbalanced-reentrant-lock", Severity: Warning, Certainty: Certain, At: iv.grant, key: iv.name,
		Message: fmt.Sprintf("%s was taken %d times and released %d times: advisory locks count, so it is still held", iv.name, iv.taken, iv.given),
		Hint:    "release it as often as it is taken"}
}

func (a *Auditor) releasesForeign(iv *interval, at Point) Finding {
	return Finding{Rule: "releases-foreign-locks", Severity: Error, Certainty: Certain, At: at,
		Message: fmt.Sprintf("%s releases every advisory lock of the session, that of the migration tool too (%s)", oneLine(iv.how, 60), a.lockName(iv)),
		Hint:    "release the locks that the migration has taken, by their keys"}
}

func (a *Auditor) pooler(iv *interval, s *session, at Point) *Finding {
	owner := a.owner(iv)
	if owner == "" || strings.HasPrefix(owner, "Ecto") || strings.HasPrefix(owner, "a migration") || strings.HasPrefix(owner, "goose") {
		return nil // tools with a pool of their own
	}
	return &Finding{Rule: "transaction-pooler", Severity: Warning, Certainty: Possible, At: at, key: iv.name,
		Message: fmt.Sprintf("%s was taken on session %s and released on %s by a tool that uses one connection: a pooler in transaction mode stands in between, it seems, and session locks do not work through one", a.lockName(iv), iv.session.show, s.show),
		Hint:    "give the migration tool a direct connection to the server, or a pooler in session mode"}
}

func (a *Auditor) invalidIndex(d, failed *ddl) Finding {
	return Finding{Rule: "invalid-index-recorded", Severity: Error, Certainty: Certain, At: d.at,
		Message: fmt.Sprintf("the version is recorded, but the build of %s failed (%s, line %d): PostgreSQL leaves its index INVALID, which IF NOT EXISTS takes for one that exists and no query uses", d.op.Object, failed.failed, failed.at.Line),
		Hint:    fmt.Sprintf("DROP INDEX CONCURRENTLY IF EXISTS %s, then build it again", d.op.Object)}
}

func immediateCall(call, command Point, text string) Finding {
	return Finding{Rule: "immediate-call-before-queued-command", Severity: Error, Certainty: Certain, At: call,
		Message: fmt.Sprintf("the lock is taken and released (line %d) before the first command runs (%s, line %d): Ecto runs repo().query! at once, and queues create, alter and execute until the function returns", call.Line, oneLine(text, 60), command.Line),
		Hint:    "execute(\"…\") for all of them puts them in the queue's order; the lock still ends before the record is written: migration_lock: :pg_advisory_lock"}
}

func (a *Auditor) unrecorded(d *ddl, c Certainty, crashed bool) Finding {
	why := "the log ends"
	if crashed {
		why = "the tool ended with an error"
	}
	return Finding{Rule: "record-not-atomic-with-ddl", Severity: Warning, Certainty: c, At: d.at,
		Message: fmt.Sprintf("%s has committed, and %s before the version is recorded: the next run does it again", d.op.What, why),
		Hint:    "look whether it is there and valid; then record the version, or undo it and run again"}
}

func apart(n int) string {
	if n == 1 {
		return "one checkout apart"
	}
	return fmt.Sprintf("%d checkouts apart", n)
}
