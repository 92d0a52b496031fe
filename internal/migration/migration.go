package migration

import "io/fs"

// Migration is one step of a schema's history. Up and Down are in the order in
// which the tool runs them. Errs is what the tool would refuse; the sections
// that could be read are there all the same.
type Migration struct {
	File    *File // the file that names the migration; sections may stand in others
	Version string
	Name    string
	Up      []Section
	Down    []Section
	Errs    []*Error
}

// Section is a part of a migration that the tool runs in one go.
type Section struct {
	File *File
	Text []byte    // the SQL, where possible a slice of File.Src: nothing trimmed, nothing joined
	Map  SourceMap // from offsets in Text to offsets in File.Src
	Run  Run

	// Notes is what the tool accepts and does not do as the author meant. Placeholders
	// that the tool would fill in stand in Text as names or literals of the same
	// length, so that it parses and offsets hold; see mask.go.
	Notes []Note

	// Filled are those placeholders, as ranges of Text: what the tool sends is not
	// what stands there.
	Filled []Span

	// Opaque is what the tool runs with the section and safemig has no SQL of.
	Opaque []Opaque
}

// Opaque is something of a migration of which nobody knows what it does to the
// database: a program, rows of another file.
type Opaque struct {
	File *File
	Span Span
	What string // "liquibase customChange"
}

// NoteKind says what a Note is about.
type NoteKind string

// The kinds of notes.
const (
	// NoteOptOutIgnored is a marker that is meant to turn the transaction off and
	// that the tool does not see.
	NoteOptOutIgnored NoteKind = "opt-out ignored"

	// NoteTransactionOff is a setting that turns the transaction off without saying so.
	NoteTransactionOff NoteKind = "transaction off"
)

// Note is something in a file that has no place in the SQL. Msg says what the
// tool makes of it, Hint what to write instead.
type Note struct {
	Kind      NoteKind
	File      *File
	Span      Span
	Msg, Hint string
}

// Wrap says which transaction the tool opens around a section.
type Wrap int

// The transactions that tools open.
const (
	WrapNone      Wrap = iota // none: what is not in a transaction of its own commits alone
	WrapFile                  // one around the section
	WrapAll                   // one around all pending migrations
	WrapStatement             // one around each statement
)

// Run says how the tool sends a section to the server.
type Run struct {
	Wrap Wrap

	// Batches are ranges of Section.Text that the tool sends as one simple-protocol
	// message each. A message with several statements is an implicit transaction,
	// unless one is open already. Nil: every statement is a message of its own.
	// They are in order and do not overlap. What lies outside of them is not sent:
	// comments, or text that the tool drops, which is then in Migration.Errs.
	Batches []Span

	// Pipeline: the statements of each batch, or all where there is none, are sent in
	// one extended-protocol pipeline, which is an implicit transaction too, except for
	// its first statement.
	Pipeline bool

	// OptOut is what the author writes to run this section outside a transaction,
	// in the tool's own words ("-- +goose NO TRANSACTION"); "" where the tool has no way.
	OptOut string

	// Alone is what the author does when a statement must be the only one of its
	// message, in the tool's own words; "" where every statement already is.
	Alone string

	// Continues: the section goes on in the session and the transaction in which the one
	// before it ended, of which it is a part.
	Continues bool

	// Snapshot is what the author writes so that the tool has no snapshot open on
	// another connection while the section runs, in the tool's own words; "" where it
	// has none.
	Snapshot string

	// Whole is what the author does to a statement that the tool's splitter cuts in
	// two, in the tool's own words; "" where the tool knows SQL, or does not split.
	Whole string
}

// SourceMap carries offsets in generated text back to a File. The zero value
// is the identity; with Base alone, text offset i is file offset Base+i.
type SourceMap struct {
	Base     int
	Segments []Segment // in order of Text; offsets between segments belong to the one before
}

// Segment: the Len bytes at Text in the section's text stand at File in the file.
type Segment struct{ Text, File, Len int }

// Offset gives the file offset of a text offset.
func (m SourceMap) Offset(text int) int {
	if len(m.Segments) == 0 {
		return m.Base + text
	}
	lo, hi := 0, len(m.Segments)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; m.Segments[mid].Text <= text {
			lo = mid
		} else {
			hi = mid
		}
	}
	s := m.Segments[lo]
	return s.File + max(0, min(text-s.Text, s.Len))
}

// Span gives the file span of a text span.
func (m SourceMap) Span(s Span) Span { return Span{m.Offset(s.Start), m.Offset(s.End)} }

// OwnedIn tells whether the tool would run a file of the directory.
func (f Format) OwnedIn(fsys fs.FS) func(name string) bool {
	if f.OwnsIn != nil {
		return f.OwnsIn(fsys)
	}
	return f.Owns
}

// Format reads the files of one migration tool.
type Format struct {
	Name string

	// Detect judges how surely the directory belongs to the tool: 0 is no, 100 is
	// certain. why says by what ("-- +goose Up in 0001_init.sql"). It reads only
	// the directory's names and the beginnings of a few files.
	Detect func(fsys fs.FS) (score int, why string)

	// Owns tells whether the tool would run a file of this name (a base name).
	Owns func(name string) bool

	// OwnsIn is Owns as the configuration of a directory has it. Nil: none changes it.
	OwnsIn func(fsys fs.FS) func(name string) bool

	// Read gives the migrations in the order in which the tool applies them. Paths
	// are relative to fsys. What the tool would refuse is in Migration.Errs; the
	// error is for files that cannot be read.
	Read func(fsys fs.FS) ([]Migration, error)

	// ReadFile reads one file alone, whatever its name: standard input, an editor's
	// buffer. It gives what the tool would run if it took the file. It does not see
	// the file's neighbours, so it cannot tell duplicate versions.
	ReadFile func(f *File) Migration

	// Include puts into a migration, of a file that ReadFile read and that stands in
	// fsys, what the file includes. Nil: the tool's files include nothing.
	Include func(fsys fs.FS, m *Migration)

	// Recursive: the tool takes files of directories below. Names given to Owns are
	// then slash-separated paths.
	Recursive bool

	// Output: files are what another program wrote, not what a tool runs. They are
	// read where they are named, and not come across.
	Output bool

	// Late says what the tool does with a migration that is older than the newest
	// that was applied, after the tool's name ("never runs it"); "" where it runs it.
	Late string
}
