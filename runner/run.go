package runner

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strings"
	"sync"
	"time"
)

// Runner runs the migrations of one directory against one database. It may be used
// again; not by two goroutines at once.
type Runner struct {
	o   Options
	src *source
}

// New reads the migrations. It does not connect.
func New(o Options) (*Runner, error) {
	o.LockWait = cmp.Or(o.LockWait, 10*time.Minute)
	o.LockTimeout = cmp.Or(o.LockTimeout, 3*time.Second)
	o.Tries = cmp.Or(o.Tries, 30)
	o.Grace = cmp.Or(o.Grace, 30*time.Second)
	o.Key = cmp.Or(o.Key, Key("safemig", "migration"))
	o.Product = cmp.Or(o.Product, "safemig")
	src, err := o.read()
	if err != nil {
		return nil, err
	}
	return &Runner{o: o, src: src}, nil
}

// Dir is the directory of the migrations, Tool the tool whose files they are.
func (r *Runner) Dir() string  { return r.src.dir }
func (r *Runner) Tool() string { return r.src.tool }

// run is one call of Up, Down or the like. It may take several sessions.
type run struct {
	o      *Options
	src    *source
	id     string // UUID
	since  string // when the lock was granted
	files  bool   // the checks go by the files: the server has what is to be run already
	system string // the system identifier of the server it began on
	did    []string
	doubt  map[string]State // versions whose COMMIT got no answer, and what it was to make of them
	mu     sync.Mutex
	warned map[string]bool
}

func (r *Runner) newRun() *run {
	return &run{o: &r.o, src: r.src, id: newUUID(), doubt: map[string]State{}, warned: map[string]bool{}}
}

// newUUID gives a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// by is who runs this, for the ledger.
func (r *run) by() string {
	return who() + "@" + hostName()
}

var who = sync.OnceValue(func() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
})

// emit tells of an event; one goroutine at a time.
func (r *run) emit(e Event) {
	if r.o.Events == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind == KindWarning {
		if r.warned[e.Message] {
			return
		}
		r.warned[e.Message] = true
	}
	e.Time, e.Run = time.Now(), r.id
	r.o.Events(e)
}

func (r *run) warn(format string, args ...any) {
	r.emit(Event{Kind: KindWarning, Message: fmt.Sprintf(format, args...)})
}

// How often and how patiently a lost connection is made anew.
const (
	mostSessions = 6
	againAfter   = 250 * time.Millisecond
	againMost    = 8 * time.Second
)

// sessions runs fn with a session. Where the connection is lost, everything begins
// anew with another: connect, lock, read what was recorded. Nothing is ever sent
// twice on the strength of what the old session knew.
func (r *run) sessions(ctx context.Context, fn func(context.Context, *session) error) error {
	pause := againAfter
	for n := 1; ; n++ {
		err := r.once(ctx, fn)
		var start *StartError
		var gone *LostError
		var way *yieldError
		lost := errors.As(err, &gone) || errors.As(err, &way) || n > 1 && errors.As(err, &start) && transient(start.Err)
		if !lost || ctx.Err() != nil || n == mostSessions {
			if lost && len(r.doubt) > 0 {
				return fmt.Errorf("%w; whether %s was committed is not known: when the server is back, safemig status tells", err, strings.Join(slices.Sorted(maps.Keys(r.doubt)), ", "))
			}
			if err != nil && ctx.Err() != nil {
				return interrupted(err)
			}
			return err
		}
		r.emit(Event{Kind: KindReconnect, Attempt: n, Wait: pause, Message: err.Error(), SQLState: sqlState(err)})
		if err := sleep(ctx, pause); err != nil {
			return interrupted(err)
		}
		pause = min(2*pause, againMost)
	}
}

func (r *run) once(ctx context.Context, fn func(context.Context, *session) error) error {
	s, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	r.emit(Event{Kind: KindConnected, Server: &s.server})
	err = fn(ctx, s)
	if err != nil && s.conn.IsClosed() && ctx.Err() == nil {
		return &LostError{err}
	}
	if unlocked := s.unlock(); unlocked != nil && !s.conn.IsClosed() && err == nil {
		err = unlocked
	}
	return err
}

// LostError is an error of the connection, not of what was to be done.
type LostError struct{ Err error }

func (e *LostError) Error() string { return "the connection was lost: " + e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// transient tells whether connecting again may help: the server is starting, or
// being promoted, or the network is away.
func transient(err error) bool {
	switch sqlState(err) {
	case "", "57P03", "53300", "57P01", "57P02":
		return err != nil
	}
	return false
}

// History is Options.History.
func (r *Runner) History() History { return r.o.History }
