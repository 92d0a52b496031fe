package effect

import (
	"math"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/pgsql"
)

// timeUnits are what a setting that is a time may be written in, in milliseconds
// (time_unit_conversion_table, guc.c).
var timeUnits = map[string]float64{"us": 0.001, "ms": 1, "": 1, "s": 1e3, "min": 6e4, "h": 36e5, "d": 864e5}

// Milliseconds reads the value of a timeout setting (parse_int, guc.c); ok tells
// whether the server takes it.
func Milliseconds(v string) (ms float64, ok bool) {
	v = strings.TrimSpace(v)
	i := len(v)
	for i > 0 && (v[i-1] < '0' || v[i-1] > '9') && v[i-1] != '.' {
		i--
	}
	number := strings.TrimSpace(v[:i])
	n, err := strconv.ParseFloat(number, 64)
	if whole, e := strconv.ParseInt(number, 0, 64); err != nil && e == nil { // hexadecimal
		n, err = float64(whole), nil
	}
	unit, known := timeUnits[strings.TrimSpace(v[i:])]
	ms = n * unit
	return ms, err == nil && known && 0 <= ms && ms <= math.MaxInt32
}

// timeSettings are the settings that are a time in milliseconds.
var timeSettings = map[string]bool{"lock_timeout": true, "statement_timeout": true, "idle_in_transaction_session_timeout": true,
	"deadlock_timeout": true}

// SetsTimeout tells whether a statement sets a timeout of that name, to something else
// than none. Its effects are only known when it comes; this much is in its text.
func SetsTimeout(s *pgsql.Statement, name string) bool {
	n := s.Node.GetVariableSetStmt()
	if n == nil || !strings.EqualFold(n.Name, name) || len(n.Args) == 0 {
		return false
	}
	ms, ok := Milliseconds(settingValue(name, n.Args))
	return ok && ms > 0
}
