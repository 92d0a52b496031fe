package audit

import (
	"embed"
	"slices"
)

// Rule is what an audit can find. Its page is printed by `safemig explain`.
type Rule struct {
	ID       string
	Severity Severity // at its worst
	Summary  string
}

// allRules by ID.
var allRules = []Rule{
	{"blocking-lock-with-concurrently", Error, "a node that waits in pg_advisory_lock and CONCURRENTLY wait for each other"},
	{"body-uses-runner-key", Error, "the migration locks the key that its own migrator holds"},
	{"cic-under-transaction-lock", Error, "CONCURRENTLY waits for the transaction that holds the migration lock"},
	{"immediate-call-before-queued-command", Error, "Ecto's lock and unlock run before the queued commands"},
	{"invalid-index-recorded", Error, "a version is recorded whose concurrent build failed"},
	{"lock-does-not-cover-ddl", Error, "a statement of the migration runs outside the lock"},
	{"lock-holder-is-another-session", Warning, "one connection holds the lock, another does the work"},
	{"lock-key-mismatch", Error, "another key is released than was taken"},
	{"lock-released-before-record", Error, "the lock is released before the version is recorded"},
	{"missing-unlock", Error, "a session lock is never released by its session"},
	{"no-lock", Error, "no lock protects the version"},
	{"record-not-atomic-with-ddl", Warning, "the change and its record commit apart"},
	{"releases-foreign-locks", Error, "all advisory locks of the session are released, the tool's too"},
	{"same-version-twice", Error, "two nodes ran the same version"},
	{"session-lock-on-pooled-connection", Warning, "a session lock is taken on a connection that goes back to its pool"},
	{"shared-lock-as-mutex", Warning, "a shared lock keeps nobody out"},
	{"transaction-pooler", Warning, "a session lock is taken through a pooler in transaction mode"},
	{"try-lock-result-ignored", Error, "nobody looks at the result of pg_try_advisory_lock"},
	{"unbalanced-reentrant-lock", Warning, "a lock is taken more often than it is released"},
	{"unlock-in-aborted-transaction", Warning, "the unlock is refused, since its transaction has failed"},
	{"unlock-on-other-session", Error, "the unlock runs on another session than the lock"},
	{"version-check-outside-lock", Warning, "the version table is read before the lock is taken"},
	{"xact-lock-outside-transaction", Error, "pg_advisory_xact_lock outside a transaction protects nothing"},
}

// Rules gives all rules, by ID.
func Rules() []Rule { return slices.Clone(allRules) }

// FindRule finds a rule by its ID.
func FindRule(id string) (Rule, bool) {
	for _, r := range allRules {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// pages are the txtar files: each is a rule's page, and its examples, which are its
// tests. bad*.log:N is a log in which line N is reported, good*.log one in which
// nothing is.
//
//go:embed pages/*.txtar
var pages embed.FS

// Page gives the txtar of a rule.
func Page(id string) (text string, ok bool) {
	b, err := pages.ReadFile("pages/" + id + ".txtar")
	return string(b), err == nil
}
