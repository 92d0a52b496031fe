package pgserver

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// given takes a running server: it looks, refuses what is not for throwing away, and creates
// a database of its own there.
func given(ctx context.Context, dsn string, o Options) (*Server, error) {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connect to the given server: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	s := &Server{admin: dsn}
	if err := s.readVersion(ctx, c); err != nil {
		return nil, err
	}
	if s.Major < MinMajor {
		return nil, fmt.Errorf("the given server is PostgreSQL %s: %d is the oldest supported", s.Version, MinMajor)
	}
	if o.Major != 0 && s.Major != o.Major {
		return nil, &wrongMajorError{s.Major, o.Major}
	}
	if !o.AllowNonEmpty {
		if err := refuseUsed(ctx, c); err != nil {
			return nil, err
		}
	}
	own, drop, err := s.createDatabase(ctx, "template0")
	if err != nil {
		return nil, err
	}
	s.dsn, s.tcp, s.owned = own, own, drop
	return s, nil
}

// userTables are the relations that hold somebody's data: no catalogs, nothing of an extension.
const userTables = `
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1`

// refuseUsed fails where the database has tables: a DSN of production given by mistake.
func refuseUsed(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, userTables)
	if err != nil {
		return fmt.Errorf("look for tables on the given server: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for tables on the given server: %w", err)
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("database %s has %d tables (%s …): give the DSN of an empty database on a throw-away server",
		c.Config().Database, len(names), names[0])
}

// readVersion fills Version, Major and Zone.
func (s *Server) readVersion(ctx context.Context, c *pgx.Conn) error {
	var num string
	err := c.QueryRow(ctx, "SELECT current_setting('server_version_num'), split_part(current_setting('server_version'), ' ', 1), current_setting('timezone')").
		Scan(&num, &s.Version, &s.Zone)
	if err != nil {
		return fmt.Errorf("ask the server for its version: %w", err)
	}
	s.Major, err = majorOf(num)
	return err
}

// withDatabase is dsn, an URL or keywords, with another database.
func withDatabase(dsn, name string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + name, nil // the last one wins
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", fmt.Errorf("read the DSN: %w", err)
	}
	q := u.Query()
	q.Del("dbname")
	q.Del("database")
	u.RawQuery, u.Path = q.Encode(), "/"+name
	return u.String(), nil
}
