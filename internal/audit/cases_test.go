package audit

import (
	"strings"
	"testing"
)

// TestCases judges logs that are written by hand in the forms of their tools: what
// the recorded runs do not show.
func TestCases(t *testing.T) {
	for name, want := range map[string]string{
		"ecto_second_node.log": "fail\n20220101000003: fail no-lock same-version-twice(possible)",
		"ecto_two_indexes.log": "fail\n20220101000012: fail lock-released-before-record missing-unlock record-not-atomic-with-ddl session-lock-on-pooled-connection try-lock-result-ignored unlock-on-other-session version-check-outside-lock",
		"django42.log":         "fail\nblog.0001_initial: warn no-lock\nblog.0002_idx: fail no-lock record-not-atomic-with-ddl",
		"django32.log":         "warn\nshop.0002_x: warn no-lock",
		"rails8.log":           "warn\n20240101000002: warn blocking-lock-with-concurrently(possible) lock-holder-is-another-session(possible) record-not-atomic-with-ddl",
		"sqlalchemy_echo.log":  "warn\nabc: warn no-lock",
		"sqlmigrate.sql":       "warn\n-: warn no-lock(not-observable)",
	} {
		t.Run(name, func(t *testing.T) {
			if got := judged(t, ReadOptions{}, "testdata/cases/"+name); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A pool of three gives lock and unlock, two checkouts apart, different connections.
func TestPoolSize(t *testing.T) {
	const log = "../../testdata/seed/seed-log-2.log"
	for size, want := range map[int]bool{1: false, 2: false, 3: true, 10: true} {
		got := judged(t, ReadOptions{Options: Options{PoolSize: size}}, log)
		if has := contains(strings.Fields(got), "unlock-on-other-session"); has != want {
			t.Errorf("pool of %d: %s", size, got)
		}
	}
}
