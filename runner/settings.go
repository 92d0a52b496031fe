package runner

import (
	"context"
	"fmt"
	"strings"
)

// settings finds out which settings the server takes, and makes them.
func (s *session) settings(ctx context.Context) error {
	var extra []string
	if s.server.Major >= 14 {
		extra = append(extra, "SET idle_session_timeout = 0")
		// only where the platform tells of closed sockets: else the server refuses it
		const check = "SET client_connection_check_interval = '5s'"
		if err := s.simple(ctx, "/* safemig:session */ "+check); err == nil {
			extra = append(extra, check)
		} else if s.conn.IsClosed() {
			return err
		}
	}
	if s.server.Major >= 17 {
		extra = append(extra, "SET transaction_timeout = 0")
	}
	var commit string
	if err := s.conn.QueryRow(ctx, "/* safemig:session */ SELECT pg_catalog.current_setting('synchronous_commit')").Scan(&commit); err != nil {
		return fmt.Errorf("read synchronous_commit: %w", err)
	}
	if commit == "off" { // what is said to be applied must outlive a crash of the server
		extra = append(extra, "SET synchronous_commit = local")
	}
	const tcp = "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 30000"
	if err := s.simple(ctx, "/* safemig:session */ "+tcp); err == nil {
		extra = append(extra, tcp)
	} else if s.conn.IsClosed() {
		return err
	}
	s.extra = strings.Join(extra, "; ")
	return s.reset(ctx, "")
}

// reset makes the session what it was before any body ran, and says in
// application_name what comes.
func (s *session) reset(ctx context.Context, version string) error {
	s.version, s.ownLimit = version, false
	batch := "/* safemig:session */ RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SET application_name = " + literal(s.r.application(version, s.r.since)) +
		"; SET standard_conforming_strings = on; SET statement_timeout = 0; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'" +
		"; SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off"
	if s.extra != "" {
		batch += "; " + s.extra
	}
	if err := s.simple(ctx, batch); err != nil {
		return fmt.Errorf("set the session up: %w", err)
	}
	return nil
}
