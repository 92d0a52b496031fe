package report

import "io"

// locksJSON writes one document; see product.md.
func locksJSON(w io.Writer, l *Locks, _ Style) error {
	statements := l.Statements
	if statements == nil {
		statements = []LockStatement{}
	}
	return writeJSON(w, struct {
		Schema     int             `json:"schema"`
		PG         int             `json:"pg"`
		Statements []LockStatement `json:"statements"`
	}{1, l.PG, statements})
}
