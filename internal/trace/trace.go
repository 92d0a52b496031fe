// Package trace reads logs of executed SQL: what applications, migration tools and
// PostgreSQL itself wrote down while migrations ran. It gives events in the order
// of the log and judges nothing.
//
// Formats are detected by content, line by line, so that a file may mix them. What
// is not understood is counted and a few samples are kept; it never ends the reading.
package trace

import (
	"strings"
	"time"
)

// Kind is what an event tells of.
type Kind uint8

// The kinds of events.
const (
	Statement Kind = iota // SQL was sent to the server
	Failure               // the server refused the session's statement: Code, Message, SQL where it is told
	Notice                // the server warned: Message
	Waiting               // a session waits for a lock: Wait
	Granted               // a session that waited has its lock: Wait
	End                   // the session ended
	Restart               // the server stopped or crashed: all sessions ended
	Run                   // the tool begins the migration Version
	Done                  // the migration's body is through
	Command               // the tool says what it will run next: Message
	Retry                 // the tool says that its lock is occupied
	Crash                 // the tool ended with an exception
	Hint                  // the tool warns of its own migration: Message
)

// Tri is an answer of a log: yes, no, or not told.
type Tri int8

// The answers.
const (
	Unknown Tri = iota
	Yes
	No
)

// Event is one thing that a log tells. It may be kept.
type Event struct {
	Kind   Kind
	Format string // the reader's name: ecto, stderr, …
	Server bool   // written by PostgreSQL, so that order and sessions are its own
	Path   string
	Line   int // of the event's first line, from 1
	Time   time.Time
	Clock  bool // Time has no date: only differences within a day hold

	Node    string // of several in one log: a container, a process
	Session string // the server's session; "" where the log does not tell
	DB      string
	User    string
	App     string
	Host    string
	VXID    string // the virtual transaction, "3/22"; "" where the log does not tell
	Name    string // of the prepared statement

	SQL      string // of an application's statement, of a failure and a wait
	Ops      []Op   // not to be changed
	Params   []string
	Duration time.Duration // 0 where not told
	After    bool          // logged after the statement ended, not before it began

	// Own tells whether the statement took its own connection from the client's
	// pool: Ecto logs idle= for those, and for no others.
	Own   Tri
	Idle  time.Duration // how long that connection had been idle
	Queue time.Duration // how long the statement waited for it

	Failed  bool // the log itself says that the statement failed
	Code    string
	Message string
	Detail  string

	Version string // Run, Done
	Title   string // Run: the migration's name
	Down    bool   // Run
	Wait    Wait
	Reads   bool // statements other than DDL and DML of this user and database are in the log
	Sampled bool // only statements above a duration are in the log
	Raw     string
}

// Wait is what a session waits for.
type Wait struct {
	Session string // the process that waits
	Mode    string // ShareLock
	Object  string // advisory lock [16617,0,888,1], virtual transaction 4/77
	Key     Key    // of an advisory lock
	Holders []string
}

// NotOwner tells whether a notice is the server's answer to the release of a lock
// that the session does not hold (lock.c, LockRelease).
func (e *Event) NotOwner() bool {
	return strings.Contains(e.Message, "you don't own a lock of type")
}

// Stats is what was read.
type Stats struct {
	Lines      int
	Bytes      int64
	Events     int
	Statements int            // SQL statements seen, relevant or not
	Formats    map[string]int // records of each format
	Skipped    int            // lines that no reader understood
	Samples    []Sample       // the first of them
	Cut        int            // records that were too long, or whose end is missing
}

// Sample is a line that was not understood.
type Sample struct {
	Path string
	Line int
	Text string
}
