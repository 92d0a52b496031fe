package runner

import (
	"context"

	"github.com/safemig/safemig/rules"
)

// serverSchema is what stands on the server before the first pending migration.
type serverSchema struct {
	sql []byte // nil: the applied migrations are replayed instead
	// rows by relation as a finding names it; -1 for one that has some
	empty map[string]bool
	has   map[string]bool
}

func (s *session) schema(ctx context.Context) (*serverSchema, error) {
	return &serverSchema{}, nil
}

func (x *serverSchema) harmless(f *rules.Finding) string { return "" }
