package observe

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// relation is one row of pg_class.
type relation struct {
	oid   uint32
	name  string // public.t
	short string // t
	kind  string // relkind
	node  uint64 // relfilenode
	table uint32 // of an index
}

// scans counts the sequential scans of a table.
type scans struct{ scans, tuples int64 }

// snapshot is the user's relations at one moment, as one session sees them.
type snapshot struct {
	byOID  map[uint32]*relation
	byName map[string]*relation
	scans  map[uint32]scans
}

func newSnapshot() *snapshot {
	return &snapshot{map[uint32]*relation{}, map[string]*relation{}, map[uint32]scans{}}
}

// counters chooses whose scans are counted.
type counters string

const (
	// ofTransaction: what this transaction did so far. From 15 on the server keeps counting
	// where the last transaction's numbers were not yet passed on, so only differences within
	// one transaction mean something.
	ofTransaction counters = "xact_"
	// ofEverybody: what all finished transactions did and passed on.
	ofEverybody counters = ""
)

// relations lists what is the user's: no catalogs, no TOAST, no temporary tables of others.
// The functions are those behind pg_stat_xact_all_tables, which 12 to 18 share.
const relations = `
SELECT c.oid, pg_catalog.format('%%I.%%I', CASE WHEN n.oid = pg_catalog.pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END, c.relname),
  c.relname, c.relkind, c.relfilenode, coalesce(i.indrelid, 0),
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_%[1]snumscans(c.oid) ELSE 0 END,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_%[1]stuples_returned(c.oid) ELSE 0 END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND (n.nspname !~ '^pg_(toast_)?temp_' OR n.oid = pg_catalog.pg_my_temp_schema())`

// take reads a snapshot as the session sees it now.
func take(ctx context.Context, c *pgconn.PgConn, of counters) (*snapshot, error) {
	rows, err := query(ctx, c, fmt.Sprintf(relations, string(of)))
	if err != nil {
		return nil, fmt.Errorf("list the relations: %w", err)
	}
	s := newSnapshot()
	for _, row := range rows {
		r := &relation{oid: uint32(number(row[0])), name: string(row[1]), short: string(row[2]), kind: string(row[3]),
			node: uint64(number(row[4])), table: uint32(number(row[5]))}
		s.byOID[r.oid] = r
		s.byName[r.name] = r
		s.scans[r.oid] = scans{number(row[6]), number(row[7])}
	}
	return s, nil
}

// held reads the locks that a session holds on relations of this database. Those that it
// waits for count when waiting is set.
func held(ctx context.Context, c *pgconn.PgConn, pid uint32, waiting bool) (map[uint32]modeSet, error) {
	sql := fmt.Sprintf(`
SELECT l.relation, l.mode FROM pg_catalog.pg_locks l
WHERE l.pid = %d AND l.locktype = 'relation' AND (l.granted OR %t)
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`, pid, waiting)
	rows, err := query(ctx, c, sql)
	if err != nil {
		return nil, fmt.Errorf("read pg_locks: %w", err)
	}
	out := map[uint32]modeSet{}
	for _, row := range rows {
		out[uint32(number(row[0]))] |= modeBit(string(row[1]))
	}
	return out, nil
}

// query runs one statement by the simple protocol: nothing is prepared, so that DISCARD ALL
// and the like in a migration cannot pull the ground away.
func query(ctx context.Context, c *pgconn.PgConn, sql string) ([][][]byte, error) {
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, nil
	}
	return results[len(results)-1].Rows, nil
}

// number reads an integer of the server's; NULL is 0.
func number(b []byte) int64 {
	n, _ := strconv.ParseInt(string(b), 10, 64) // the server writes nothing else
	return n
}
