package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// What most runs need fits into memoryBudget with room to spare: until then the
// garbage collector is left waiting. Where more than memoryLive is in use after
// a collection it is told to work as it does by default.
const (
	memoryBudget = 110 << 20
	memoryLive   = 55 << 20
)

// spareCollector makes the collector rare while memory is plenty, unless the
// user has told it otherwise.
func spareCollector() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memoryBudget)
	afterCollection(func() (again bool) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Uint64() < memoryLive {
			return true
		}
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
		return false
	})
}

// afterCollection calls f after each garbage collection for as long as it says so.
func afterCollection(f func() (again bool)) {
	type sentinel struct{ _ [16]byte }
	runtime.SetFinalizer(new(sentinel), func(*sentinel) {
		if f() {
			afterCollection(f)
		}
	})
}
