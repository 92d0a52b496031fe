package pgserver

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A restart loses sessions and what they did not commit, and nothing else.
func TestRestart(t *testing.T) {
	ctx := context.Background()
	s, err := Start(ctx, Options{})
	if errors.Is(err, ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Given() {
		if s.Restart(ctx) == nil {
			t.Error("a given server was restarted")
		}
		return
	}
	conn, err := pgx.Connect(ctx, s.TCP())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{"SET synchronous_commit = on", "CREATE TABLE kept (n int)", "BEGIN", "CREATE TABLE lost (n int)"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if conn.Ping(ctx) == nil {
		t.Error("the session outlived the restart")
	}
	again, err := pgx.Connect(ctx, s.TCP())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(ctx)
	var tables string
	if err := again.QueryRow(ctx, "SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace").Scan(&tables); err != nil || tables != "kept" {
		t.Errorf("tables %q, %v", tables, err)
	}
}
