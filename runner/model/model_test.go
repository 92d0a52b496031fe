package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// violation is an invariant of the protocol that does not hold in a state.
type violation uint8

const (
	fine           violation = iota
	twoRunners               // I1
	rowWithout               // I2
	twice                    // I3
	unproved                 // I4
	waitsInside              // I5
	stuck                    // I6
	assumedLock              // I7
	lockSurvives             // I8
	neverCompleted           // all of them at the end
	forEver
)

var violations = [...]string{"",
	"I1: something took effect while another runner held the lock",
	"I2: a row says applied, and it is not, or the reverse",
	"I3: an effect took place twice",
	"I4: a row was committed by a session that did not hold the lock",
	"I5: a build and a waiter wait for each other",
	"I6: a runner failed where nobody can tell why",
	"I7: a statement was sent on a new session under the old session's lock",
	"I8: a lock or a transaction outlived the runners",
	"at the end, not everything is applied",
	"I6: a runner waits for ever"}

// owned is called where session i commits a row.
func (s *state) owned(i int) {
	if s.lock != int8(i) && s.toolLock != int8(i) {
		s.bad = unproved
	}
}

// alone is called where a statement of session i takes effect outside a transaction.
func (s *state) alone(i int) {
	switch {
	case s.lock == int8(i), s.toolLock == int8(i):
	case s.lock == nobody:
		s.bad = assumedLock
	default:
		s.bad = twoRunners
	}
}

// check gives what does not hold in the state.
func (s *state) check(p protocol) violation {
	switch {
	case s.bad != fine:
		return s.bad
	case s.x > 1 || s.y > 1 || s.t > 1 || s.n > 1:
		return twice
	case (s.t > 0) != (s.x > 0):
		return rowWithout
	case s.n > 0 && !p.call && s.index != valid, s.n > 0 && p.call && s.y == 0:
		return rowWithout
	case s.run[0].end == failed || s.run[1].end == failed:
		return stuck
	}
	return fine
}

// last checks a state in which nothing moves without a fault.
func (s *state) last() violation {
	complete := true
	for _, r := range s.run {
		switch r.end {
		case running:
			return waitsInside
		case unresolved:
			complete = false
		}
	}
	for i := range s.sess {
		if s.sess[i].up || s.lock != nobody || s.toolLock != nobody {
			return lockSurvives
		}
	}
	if complete && (s.t != 1 || s.n != 1 || s.x != 1) {
		return neverCompleted
	}
	return fine
}

// moves calls visit with every state that one action makes of s, and tells whether any
// of them was not a fault.
func (s *state) moves(p protocol, visit func(state, string)) (progress bool) {
	try := func(fault bool, f func(*state) bool, format string, args ...any) {
		n := *s
		if f(&n) {
			progress = progress || !fault
			visit(n, fmt.Sprintf(format, args...))
		}
	}
	for r := range s.run {
		name := string(rune('A' + r))
		try(false, func(n *state) bool { return n.step(r, p) }, "%s goes on", name)
		if p.isTool(r) || s.faults == 0 || s.run[r].end != running || !s.sess[r].up {
			continue
		}
		try(true, func(n *state) bool {
			n.faults--
			n.orphan(r)
			if !p.sameAfterCut {
				n.run[r] = process{}
			}
			return true
		}, "%s is killed, or its connection cut; it starts again", name)
		try(true, func(n *state) bool { n.faults--; n.end(r); return true }, "the server ends the session of %s", name)
	}
	for i := range s.sess {
		s.serverMoves(i, p, try)
	}
	if s.faults > 0 && !p.tool {
		try(true, func(n *state) bool {
			n.faults--
			for i := range n.sess {
				n.end(i)
			}
			return true
		}, "the server restarts")
	}
	return progress
}

func (s *state) serverMoves(i int, p protocol, try func(bool, func(*state) bool, string, ...any)) {
	c := &s.sess[i]
	who := string(rune('A' + i%2))
	if i >= 2 {
		who = "the orphan of " + who
	}
	switch {
	case !c.up:
	case c.stmt != noStmt:
		try(false, func(n *state) bool { return n.exec(i, p) }, "%s: %s", who, stmtNames[c.stmt])
		if c.stmt == body && s.hazard > 0 && s.lock == int8(i) {
			try(true, func(n *state) bool {
				n.hazard--
				n.free(i)
				return n.exec(i, p)
			}, "%s: %s, which gives up every advisory lock", who, stmtNames[c.stmt])
		}
		if i >= 2 { // client_connection_check_interval
			try(false, func(n *state) bool { n.end(i); return true }, "the server ends %s in %s", who, stmtNames[c.stmt])
		}
	case i >= 2:
		try(false, func(n *state) bool { n.end(i); return true }, "the server ends %s", who)
	}
}

// explore visits every interleaving, shortest first. It gives the number of states, and
// the shortest way to a violation where there is one. From every state the two runners must
// be able to end: polling for a lock that nobody gives back is no progress.
func explore(p protocol, faults, hazards uint8) (states int, v violation, trace []string) {
	type from struct {
		before int
		how    string
	}
	start := state{lock: nobody, toolLock: nobody, faults: faults, hazard: hazards}
	queue, came := []state{start}, []from{{before: -1}}
	seen := map[state]int{start: 0}
	before := [][]int{nil} // every way into a state, not only the first
	var ends []int
	way := func(i int) (t []string) {
		for ; came[i].before >= 0; i = came[i].before {
			t = append([]string{came[i].how}, t...)
		}
		return t
	}
	for i := 0; i < len(queue); i++ {
		s := queue[i]
		if v := s.check(p); v != fine {
			return len(queue), v, way(i)
		}
		progress := s.moves(p, func(n state, how string) {
			j, ok := seen[n]
			if !ok {
				j = len(queue)
				seen[n] = j
				queue = append(queue, n)
				came = append(came, from{i, how})
				before = append(before, nil)
			}
			before[j] = append(before[j], i)
		})
		if progress {
			continue
		}
		if v := s.last(); v != fine {
			return len(queue), v, way(i)
		}
		ends = append(ends, i)
	}
	if i := unreached(before, ends); i >= 0 {
		return len(queue), forEver, way(i)
	}
	return len(queue), fine, nil
}

// unreached gives the first state from which no end can be reached, -1 for none.
func unreached(before [][]int, ends []int) int {
	reached := make([]bool, len(before))
	for len(ends) > 0 {
		i := ends[len(ends)-1]
		ends = ends[:len(ends)-1]
		if !reached[i] {
			reached[i] = true
			ends = append(ends, before[i]...)
		}
	}
	return slices.Index(reached, false)
}

// Two runners and a server: every interleaving of what they do, with three faults anywhere
// and a body that gives the lock away.
func TestModelHoldsEveryInvariant(t *testing.T) {
	faults := uint8(3)
	if testing.Short() {
		faults = 2
	}
	for name, p := range map[string]protocol{"index": {}, "call": {call: true}, "with a tool that waits": {tool: true}} {
		states, v, trace := explore(p, faults, 1)
		t.Logf("%s: %d states, %d faults and one body that unlocks", name, states, faults)
		if v != fine {
			t.Errorf("%s: %s\n%s", name, violations[v], strings.Join(trace, "\n"))
		}
	}
}

// Each way to get the protocol wrong is found, with the shortest way there.
func TestModelFindsBrokenProtocols(t *testing.T) {
	for _, tt := range []struct {
		name           string
		p              protocol
		want           violation
		faults, hazard uint8
	}{
		{"record without the fence", protocol{noFence: true}, unproved, 2, 1},
		{"no re-read after the grant", protocol{noReread: true}, stuck, 2, 0},
		{"no re-read, no unique key", protocol{noReread: true, noKey: true}, twice, 2, 0},
		{"unlock before the record", protocol{unlockFirst: true, noFence: true}, unproved, 2, 0},
		{"IF NOT EXISTS without verification", protocol{ifNotExists: true}, rowWithout, 2, 0},
		{"a blocking lock", protocol{blocking: true}, waitsInside, 2, 0},
		{"no row before a statement that runs alone", protocol{noStarted: true}, stuck, 2, 0},
		{"a new session under the old lock", protocol{sameAfterCut: true}, twoRunners, 2, 0},
		{"a CALL run again unasked", protocol{call: true, blindRerun: true}, twice, 2, 0},
		{"a build while a tool waits inside pg_advisory_lock", protocol{tool: true, noYield: true}, forEver, 1, 0},
		{"a lock left on a pooled session", protocol{leak: true}, forEver, 0, 0},
	} {
		states, v, trace := explore(tt.p, tt.faults, tt.hazard)
		if v == fine {
			t.Errorf("%s: nothing found in %d states", tt.name, states)
			continue
		}
		t.Logf("%s: %s, after %d states:\n  %s", tt.name, violations[v], states, strings.Join(trace, "\n  "))
		if v != tt.want {
			t.Errorf("%s: found %q, want %q", tt.name, violations[v], violations[tt.want])
		}
	}
}
