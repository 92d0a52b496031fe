package trace

import (
	"slices"
	"testing"
)

// safemig's own record is a SELECT: the WHERE is the fence.
func TestVersionOfAFencedRecord(t *testing.T) {
	for sql, want := range map[string][]string{
		`INSERT INTO safemig.migration (version, finished_at, name) SELECT $1, pg_catalog.clock_timestamp(), $2 WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_locks)`: {"0007"},
		`INSERT INTO safemig.migration (name, version) SELECT coalesce($2, 'x'), '0008'`:                                                                          {"0008"},
		`INSERT INTO safemig.migration (name, version) SELECT name, version FROM old`:                                                                             nil,
		`INSERT INTO safemig.migration (version) VALUES ('0009')`:                                                                                                 {"0009"},
	} {
		ops := new(Tables).Classify([]byte(sql), []string{"0007", "users"})
		if len(ops) != 1 || ops[0].Kind != OpRecord || !slices.Equal(ops[0].Versions, want) {
			t.Errorf("%s\ngot  %+v\nwant versions %q", sql, ops, want)
		}
	}
}
