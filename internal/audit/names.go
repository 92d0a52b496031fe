package audit

import (
	"strings"
	"unicode"

	"github.com/safemig/safemig/internal/lockkey"
)

// owner says whose lock an interval is, where that is known.
func (a *Auditor) owner(iv *interval) string {
	if iv.class == "table" || iv.class == "row" || iv.key.Two || iv.key.Text != "" {
		return ""
	}
	repos := a.repos
	if len(repos) == 0 {
		for _, db := range a.dbs {
			repos = append(repos, guessRepo(db))
		}
	}
	o, ok := lockkey.Name(iv.key.N, lockkey.Names{Databases: a.dbs, Schemas: a.schemas, Repos: repos, Tables: a.tables})
	switch {
	case ok:
		return o.What
	case multiple(iv.key.N, railsSalt): // the log names no database
		return "Rails' lock"
	case multiple(iv.key.N, sqlxSalt):
		return "sqlx's lock"
	}
	return ""
}

// What Rails and sqlx multiply a database's CRC with (lockkey.Rails, lockkey.SQLx).
const (
	railsSalt = 2053462845
	sqlxSalt  = 0x3d32ad9e
)

// multiple tells whether a key is a salt times a CRC of 32 bits.
func multiple(key, salt int64) bool {
	return key > 0 && key%salt == 0 && key/salt > 1000 && key/salt < 1<<32
}

// guessRepo is the repository that a database's name makes likely: Ecto's generators
// name my_app_prod after MyApp.
func guessRepo(db string) string {
	for _, suffix := range []string{"_dev", "_test", "_prod", "_production", "_development", "_staging"} {
		db = strings.TrimSuffix(db, suffix)
	}
	var b strings.Builder
	up := true
	for _, r := range db {
		if r == '_' || r == '-' {
			up = true
			continue
		}
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = false
	}
	return b.String() + ".Repo"
}

// lockName is a lock in a message.
func (a *Auditor) lockName(iv *interval) string {
	switch iv.class {
	case "table":
		return "the lock on " + iv.name
	case "row":
		return "the lock row of " + iv.name
	case "transaction":
		return "the transaction's lock " + iv.name
	}
	if o := a.owner(iv); o != "" {
		return "lock " + iv.name + " (" + o + ")"
	}
	return "lock " + iv.name
}
