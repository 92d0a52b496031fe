package runner

import "time"

// Kind says what an Event tells.
type Kind string

// The kinds of events, about in the order in which they come.
const (
	KindConnected  Kind = "connected"   // Server
	KindFinding    Kind = "finding"     // what the checks found; Finding
	KindLockWait   Kind = "lock-wait"   // somebody else holds the lock; Holder
	KindLocked     Kind = "locked"      // the lock is granted
	KindStart      Kind = "start"       // a migration begins
	KindStatement  Kind = "statement"   // a statement was sent
	KindBlocked    Kind = "blocked"     // a statement waits; Blockers
	KindProgress   Kind = "progress"    // of an index build; Progress
	KindRetry      Kind = "retry"       // everything was rolled back and is tried again after Wait
	KindRepair     Kind = "repair"      // what an interrupted statement left is taken away
	KindApplied    Kind = "applied"     // a migration is recorded as applied
	KindReverted   Kind = "reverted"    // a migration is recorded as reverted
	KindReconnect  Kind = "reconnect"   // the connection was lost; Wait, then all is read again
	KindWarning    Kind = "warning"     // Message
	KindUnlocked   Kind = "unlocked"    // the lock is given back
	KindNothing    Kind = "nothing"     // nothing was pending
	KindDone       Kind = "done"        // the run ended; Count migrations
	KindFailed     Kind = "failed"      // the run ended with Message
	KindInterrupt  Kind = "interrupted" // a signal came; Message says what happens now
	KindUnresolved Kind = "unresolved"  // a step needs resolve
)

// Event is one thing that happened in a run. As JSON it is one line; fields that
// the kind does not speak of are left out.
type Event struct {
	Time      time.Time     `json:"time"`
	Kind      Kind          `json:"event"`
	Run       string        `json:"run,omitempty"`
	Version   string        `json:"version,omitempty"`
	Name      string        `json:"name,omitempty"`
	Path      string        `json:"path,omitempty"`
	Line      int           `json:"line,omitempty"`
	Statement string        `json:"statement,omitempty"` // on one line, shortened
	N         int           `json:"n,omitempty"`         // statement or migration n …
	Of        int           `json:"of,omitempty"`        // … of so many
	Attempt   int           `json:"attempt,omitempty"`
	Elapsed   time.Duration `json:"elapsed_ns,omitempty"`
	Wait      time.Duration `json:"wait_ns,omitempty"`
	Count     int           `json:"count,omitempty"`
	Down      bool          `json:"down,omitempty"`
	Message   string        `json:"message,omitempty"`
	SQLState  string        `json:"sqlstate,omitempty"`
	Unblock   string        `json:"unblock,omitempty"` // SQL that would end the wait
	Server    *Server       `json:"server,omitempty"`
	Holder    *Holder       `json:"holder,omitempty"`
	Blockers  []Blocker     `json:"blockers,omitempty"`
	Progress  *Progress     `json:"progress,omitempty"`
	Finding   *Finding      `json:"finding,omitempty"`
}

// Server is what a run connected to.
type Server struct {
	Version  string `json:"version"` // 17.10
	Major    int    `json:"major"`
	Database string `json:"database"`
	User     string `json:"user"`
	PID      uint32 `json:"pid"` // of the backend that holds the lock and runs everything
}

// Holder is the session that holds the lock.
type Holder struct {
	PID         int       `json:"pid"`
	Application string    `json:"application,omitempty"`
	Run         string    `json:"run,omitempty"`     // of a safemig: the run
	Version     string    `json:"version,omitempty"` // … the migration under way
	Host        string    `json:"host,omitempty"`    // … where it runs
	Client      string    `json:"client,omitempty"`  // address, as the server sees it
	State       string    `json:"state,omitempty"`
	Query       string    `json:"query,omitempty"`
	Since       time.Time `json:"since,omitzero"` // of a safemig: when it got the lock; else when its session began
	Progress    *Progress `json:"progress,omitempty"`
}

// Blocker is a session that a statement waits for.
type Blocker struct {
	PID         int           `json:"pid"`
	Application string        `json:"application,omitempty"`
	User        string        `json:"user,omitempty"`
	Client      string        `json:"client,omitempty"`
	State       string        `json:"state,omitempty"`
	Query       string        `json:"query,omitempty"`
	Age         time.Duration `json:"age_ns,omitempty"` // of its transaction
}

// Progress is how far the server is with an index.
type Progress struct {
	Phase   string  `json:"phase"` // as pg_stat_progress_create_index has it
	Percent float64 `json:"percent"`
	Done    int64   `json:"done,omitempty"` // blocks, tuples or lockers, as the phase counts
	Total   int64   `json:"total,omitempty"`
	Locker  int     `json:"locker,omitempty"` // the session that it waits for
}

// Finding is what a rule says of a pending migration, and what becomes of it.
type Finding struct {
	Rule      string `json:"rule"`
	Severity  string `json:"severity"`
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	Version   string `json:"version,omitempty"`
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
	Relation  string `json:"relation,omitempty"`
	Refused   bool   `json:"refused"` // up does not run because of it
	statement int    // its offset in the file
	Because   string `json:"because,omitempty"` // why it is not refused: --allow's reason, the comment's, "public.t is empty"
}
