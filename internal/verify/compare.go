// Package verify holds what internal/effect predicts against what a real server
// was seen to do.
package verify

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/observe"
)

// Difference is one point in which the prediction and the server disagree.
type Difference struct {
	Relation  string // "" when it is about the statement
	What      string // "lock", "rewrite", "scan", "build", "transaction", "failure"
	Predicted string
	Measured  string
}

func (d Difference) String() string {
	where := d.What
	if d.Relation != "" {
		where = d.Relation + " " + d.What
	}
	return fmt.Sprintf("%s: predicted %s, measured %s", where, orNone(d.Predicted), orNone(d.Measured))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// plainDML are statements of which only locks are compared: how they read depends
// on plans, and the server counts no reads of VACUUM and ANALYZE.
var plainDML = regexp.MustCompile(`(?i)^\s*(with|select|insert|update|delete|merge|copy|explain|vacuum|analyze|prepare|declare|execute|table|values)\b`)

// changesStorage are statements that give new storage without reading the old.
var changesStorage = regexp.MustCompile(`(?i)^\s*(truncate|alter\s+sequence)\b`)

// notBuilt are statements that give indexes new storage without building them, or
// build them where it cannot be told from that.
var notBuilt = regexp.MustCompile(`(?i)SET\s+TABLESPACE|CONCURRENTLY|^\s*TRUNCATE`)

// Compare gives the differences for one statement. Locks are compared by what
// they conflict with. Left out: ACCESS SHARE, of indexes whatever is weaker than
// SHARE UPDATE EXCLUSIVE, and relations that the statement creates; of a
// statement that failed everything but the failure.
func Compare(sql string, effects []effect.Effect, o observe.Observation) []Difference {
	var out []Difference
	what, forbidden := effect.Forbidden(effects)
	do := regexp.MustCompile(`(?i)^\s*do\b`).MatchString(sql) // what its body may do depends on the block around it
	if o.TxForbidden != forbidden && !do && !(o.Failed() && o.SQLState != "25001") {
		out = append(out, Difference{"", "transaction", allowed(forbidden) + " " + what, allowed(o.TxForbidden)})
	}
	if fails, state := failure(effects); fails != "" && !(o.Failed() && o.SQLState == state) {
		out = append(out, Difference{"", "failure", state + " (" + fails + ")", o.SQLState})
	}
	if o.Failed() {
		return out
	}
	merged := effect.Merge(ran(sql, effects, o))
	out = append(out, compareLocks(merged, o)...)
	if plainDML.MatchString(sql) {
		return out
	}
	return append(out, compareWork(sql, merged, o)...)
}

// ifExists are statements that do nothing where there is nothing of the name.
var ifExists = regexp.MustCompile(`(?i)^\s*(alter|drop)\s[a-z\s]*\bif\s+exists\b`)

// ran leaves out the effects that IF EXISTS spares: where nothing is seen of the
// relation.
func ran(sql string, effects []effect.Effect, o observe.Observation) []effect.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e effect.Effect) bool {
		text := sql
		if e.In != nil {
			text = string(e.In.Raw())
		}
		name := e.Target.String()
		return ifExists.MatchString(text) && !slices.ContainsFunc(o.Locks, func(l observe.Lock) bool { return l.Relation == name }) &&
			!slices.Contains(o.Began, name) && !slices.Contains(o.Rewritten, name) && !slices.Contains(o.Built, name)
	})
}

func allowed(forbidden bool) string {
	if forbidden {
		return "forbidden"
	}
	return "allowed"
}

func failure(effects []effect.Effect) (why, state string) {
	for _, e := range effects {
		if e.Detail.Fails != "" {
			return e.Detail.Fails, e.Detail.SQLState
		}
	}
	return "", ""
}

func compareLocks(predicted []effect.Effect, o observe.Observation) []Difference {
	measured, before := map[string]effect.LockMode{}, map[string]effect.LockMode{}
	index := map[string]bool{}
	for _, l := range o.Locks {
		if l.New {
			continue
		}
		measured[l.Relation], index[l.Relation] = measuredLock(l), strings.Contains(l.Kind, "index")
		for _, name := range l.Before {
			before[l.Relation] = before[l.Relation].Union(effect.ParseLockMode(name))
		}
	}
	var out []Difference
	seen := map[string]bool{}
	for _, e := range predicted {
		name := e.Target.String()
		seen[name] = true
		if e.New || ignored(name) || unseen(name, o) {
			continue
		}
		isIndex := index[name] || strings.Contains(string(e.Kind), "index")
		if e.Brief && measured[name] == effect.NoLock {
			continue // given back before anybody could look
		}
		p, m := compared(e.Lock, isIndex), compared(measured[name], isIndex)
		if held := before[name].Union(m); held.Union(p) == held && m.Union(p) == p {
			continue // what the transaction held already, it cannot be seen to take again
		}
		if p != m && !(e.Brief && m.Union(p) == p) {
			out = append(out, Difference{name, "lock", p.String(), m.String()})
		}
	}
	for name, m := range measured {
		if m = compared(m, index[name]); !seen[name] && !ignored(name) && m != effect.NoLock {
			out = append(out, Difference{name, "lock", "", m.String()})
		}
	}
	return sorted(out)
}

// unseen tells whether a relation is temporary and the statement was watched from
// another session, which does not see it.
func unseen(name string, o observe.Observation) bool {
	return o.TxForbidden && strings.HasPrefix(name, "pg_temp.")
}

func ignored(name string) bool {
	return strings.HasPrefix(name, "pg_catalog.") || strings.HasPrefix(name, "information_schema.") || strings.HasPrefix(name, "pg_toast")
}

// compared leaves out the modes that are not compared.
func compared(m effect.LockMode, isIndex bool) effect.LockMode {
	if m == effect.AccessShare || isIndex && !m.Conflicts(effect.ShareUpdateExclusive) && m != effect.Share {
		return effect.NoLock
	}
	return m
}

func compareWork(sql string, predicted []effect.Effect, o observe.Observation) []Difference {
	var created []string // by this very statement
	created = append(created, o.Created...)
	for _, l := range o.Locks {
		if l.New {
			created = append(created, l.Relation)
		}
	}
	said := func(w effect.Work, indexes bool) map[string]bool {
		out := map[string]bool{}
		for _, e := range predicted {
			name := e.Target.String()
			if !slices.Contains(created, name) && !unseen(name, o) && e.Work.Has(w) && strings.Contains(string(e.Kind), "index") == indexes {
				out[name] = true
			}
		}
		return out
	}
	seen := func(names []string) map[string]bool {
		out := map[string]bool{}
		for _, n := range names {
			if !slices.Contains(created, n) && !ignored(n) {
				out[n] = true
			}
		}
		return out
	}
	var out []Difference
	if !changesStorage.MatchString(sql) {
		rewritten, scanned := seen(o.Rewritten), seen(o.Began)
		both := map[string]bool{}
		rewrites, scans := said(effect.Rewrite, false), said(effect.Scan|effect.Rewrite, false)
		for n := range rewritten {
			if scanned[n] {
				both[n] = true
			} else { // new storage, but no table was read for it: TRUNCATE, SET TABLESPACE, REFRESH
				delete(rewrites, n)
				delete(scans, n)
			}
		}
		out = append(out, differ("rewrite", rewrites, both)...)
		out = append(out, differ("scan", scans, scanned)...)
	}
	if !notBuilt.MatchString(sql) {
		out = append(out, differ("build", said(effect.Build, true), seen(o.Built))...)
	}
	return sorted(out)
}

func differ(what string, predicted, measured map[string]bool) []Difference {
	var out []Difference
	for n := range predicted {
		if !measured[n] {
			out = append(out, Difference{n, what, what, ""})
		}
	}
	for n := range measured {
		if !predicted[n] {
			out = append(out, Difference{n, what, "", what})
		}
	}
	return out
}

func sorted(d []Difference) []Difference {
	slices.SortFunc(d, func(a, b Difference) int { return strings.Compare(a.Relation+a.What, b.Relation+b.What) })
	return d
}
