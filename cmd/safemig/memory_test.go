package main

import (
	"runtime"
	"testing"
	"time"
)

func TestAfterCollection(t *testing.T) {
	called := make(chan bool, 8)
	n := 0
	afterCollection(func() bool {
		n++
		called <- true
		return n < 2
	})
	for want := range 2 {
		runtime.GC()
		select {
		case <-called:
		case <-time.After(30 * time.Second):
			t.Fatalf("called %d times, want 2", want)
		}
	}
	runtime.GC()
	runtime.GC()
	select {
	case <-called:
		t.Error("called once more than asked for")
	case <-time.After(100 * time.Millisecond):
	}
}
