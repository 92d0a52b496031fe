package conformance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/rules"
)

// TestConcurrentlyWaitsForRunner holds concurrently-waits-for-runner against what
// happens with the lock that Flyway takes by default and with that of the setting. The
// database has a lock_timeout, so that what would hang fails with 55P03 instead.
func TestConcurrentlyWaitsForRunner(t *testing.T) {
	each(t, func(t *testing.T, tool *tool) {
		if tool.dirName() != "flyway" {
			t.Skip("it keeps no transaction of its own while a script runs")
		}
		for _, sql := range []string{
			"CREATE INDEX CONCURRENTLY t_b ON t (a);\n", "CREATE UNIQUE INDEX CONCURRENTLY t_b ON t (a);\n", "REINDEX TABLE CONCURRENTLY t;\n",
			"DROP INDEX CONCURRENTLY t_a;\n", "VACUUM FULL t;\n", "CREATE INDEX t_b ON t (a);\n",
		} {
			for _, conf := range []string{"", "flyway.mixed=true\n", "flyway.postgresql.transactional.lock=false\n"} {
				t.Run(sql+conf, func(t *testing.T) {
					t.Parallel()
					with := *tool
					with.project = one("flyway.conf", conf)
					root := with.lay(t, with.migration(1, false, "CREATE TABLE t (a int);\nCREATE INDEX t_a ON t (a);\n"), with.migration(2, true, sql))
					dsn := database(t)
					setLockTimeout(t, dsn)
					err := with.up(t, root, dsn)
					waited := false
					for _, m := range logged(t, dsn) {
						waited = waited || m.state == "55P03"
					}
					if (err != nil) != waited {
						t.Fatal(err)
					}
					_, found := foretold(t, &with, root)
					if said := slices.Contains(found, rules.ConcurrentlyWaitsForRunner.ID); said != waited {
						t.Errorf("waits: %v; safemig says: %v", waited, found)
					}
				})
			}
		}
	})
}

func setLockTimeout(t *testing.T, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s SET lock_timeout = '3s'", pgx.Identifier{conn.Config().Database}.Sanitize())); err != nil {
		t.Fatal(err)
	}
}
