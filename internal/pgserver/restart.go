package pgserver

import (
	"context"
	"errors"
	"fmt"
)

// Restart ends the server at once, as a crash would: sessions are lost, what was not
// committed is undone by recovery. Then it starts it again, on the same port and data; the
// log begins anew. A given server is not touched: that is an error.
func (s *Server) Restart(ctx context.Context) error {
	if s.cluster == nil {
		return errors.New("a given server is not restarted")
	}
	if err := s.cluster.proc.stop(stopTimeout); err != nil {
		return fmt.Errorf("restart PostgreSQL: %w", err)
	}
	return s.cluster.start(ctx)
}
