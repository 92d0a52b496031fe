package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/safemig/safemig/internal/pgsql"
)

// indexState is what the catalog says of what a concurrent statement works on; the
// ledger keeps it from before and after. The zero value is: nothing is there.
type indexState struct {
	Table      uint32   `json:"table,omitempty"` // the table's OID; 0 where there is none
	Schema     string   `json:"schema,omitempty"`
	Name       string   `json:"name,omitempty"`  // of the index
	Index      uint32   `json:"index,omitempty"` // its OID; 0 where there is none
	Valid      bool     `json:"valid,omitempty"` // and ready, and live
	Def        string   `json:"def,omitempty"`
	Of         uint32   `json:"of,omitempty"`         // the table that the index is of
	Constraint bool     `json:"constraint,omitempty"` // backs one
	Attached   bool     `json:"attached,omitempty"`   // part of a partitioned index
	Left       []string `json:"left,omitempty"`       // REINDEX: invalid copies, schema-qualified
	Part       bool     `json:"part,omitempty"`       // DETACH: it is a partition
	Pending    bool     `json:"pending,omitempty"`    // DETACH: begun
}

func (x *indexState) String() string {
	switch {
	case x == nil:
		return "done"
	case x.Index != 0 && x.Valid:
		return "index " + x.Schema + "." + x.Name + " is valid"
	case x.Name != "":
		return "index " + x.Name + " is not there"
	}
	return "nothing is left of it"
}

func written(n pgsql.Named) string {
	if n.Name == "" {
		return ""
	}
	if n.Schema == "" {
		return quoteIdent(n.Name)
	}
	return quoteIdent(n.Schema) + "." + quoteIdent(n.Name)
}

const indexSQL = `/* safemig:verify */ SELECT i.indexrelid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, i.indisvalid AND i.indisready AND i.indislive, pg_catalog.pg_get_indexdef(i.indexrelid), i.indrelid,
	EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')), c.relispartition
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace `

func (x *indexState) scan(row pgx.Row) error {
	err := row.Scan(&x.Index, &x.Schema, &x.Name, &x.Valid, &x.Def, &x.Of, &x.Constraint, &x.Attached)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// inspect looks at what a concurrent statement works on, by the session's own
// search_path; nil for statements that leave nothing behind.
func (s *session) inspect(ctx context.Context, st *stmt) (*indexState, error) {
	c := st.conc
	if c == nil {
		return nil, nil
	}
	ctx = context.WithoutCancel(ctx)
	x := &indexState{}
	var err error
	if table := written(c.Table); table != "" {
		if err = s.conn.QueryRow(ctx, "/* safemig:verify */ SELECT coalesce(pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid, 0::pg_catalog.oid)", table).Scan(&x.Table); err != nil {
			return nil, fmt.Errorf("look for %s: %w", table, err)
		}
	}
	switch c.Do {
	case pgsql.CreateIndexConcurrently: // it gets its table's schema
		x.Name = c.Index.Name
		err = x.scan(s.conn.QueryRow(ctx, indexSQL+"WHERE c.relname = $1 AND c.relnamespace = (SELECT t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid = $2)", c.Index.Name, x.Table))
	case pgsql.DropIndexConcurrently:
		x.Name = c.Index.Name
		err = x.scan(s.conn.QueryRow(ctx, indexSQL+"WHERE i.indexrelid = pg_catalog.to_regclass($1::pg_catalog.text)", written(c.Index)))
	case pgsql.ReindexConcurrently:
		err = s.leftovers(ctx, x, c)
	case pgsql.DetachPartitionConcurrently:
		var pending bool
		column := "h.inhdetachpending" // 14 and later, as DETACH CONCURRENTLY is
		err = s.conn.QueryRow(ctx, "/* safemig:verify */ SELECT "+column+" FROM pg_catalog.pg_inherits h WHERE h.inhparent = $1 AND h.inhrelid = pg_catalog.to_regclass($2::pg_catalog.text)", x.Table, written(c.Part)).Scan(&pending)
		x.Part, x.Pending = err == nil, pending
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look at what %s works on: %w", st, err)
	}
	return x, nil
}

// leftovers finds the invalid copies that an interrupted REINDEX CONCURRENTLY
// leaves ("Rebuilding Indexes Concurrently" in the manual), and whether the index
// itself is valid.
func (s *session) leftovers(ctx context.Context, x *indexState, c *pgsql.Concurrently) error {
	if name := written(c.Index); name != "" {
		if err := x.scan(s.conn.QueryRow(ctx, indexSQL+"WHERE i.indexrelid = pg_catalog.to_regclass($1::pg_catalog.text)", name)); err != nil {
			return err
		}
		if x.Table = x.Of; x.Table == 0 {
			return nil
		}
	}
	where := "i.indrelid = $1 OR i.indrelid = (SELECT t.reltoastrelid FROM pg_catalog.pg_class t WHERE t.oid = $1)"
	args := []any{x.Table}
	if x.Table == 0 {
		where, args = "n.nspname = $1 OR $1 = pg_catalog.current_database()", []any{c.Whole}
	}
	rows, err := s.conn.Query(ctx, `/* safemig:verify */ SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND (`+where+`) ORDER BY 1`, args...)
	if err != nil {
		return err
	}
	x.Left, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// verified looks whether a statement took effect, whatever it answered. The error
// says what is not as it must be.
func (s *session) verified(st *stmt, pre *indexState) (*indexState, error) {
	x, err := s.inspect(context.Background(), st)
	if err != nil || x == nil {
		return x, err
	}
	switch c := st.conc; c.Do {
	case pgsql.CreateIndexConcurrently:
		switch {
		case c.Index.Name == "": // the server chose a name: refused by ready
		case x.Index == 0:
			return nil, fmt.Errorf("index %s is not there", x.Name)
		case !x.Valid:
			return nil, fmt.Errorf("index %s is invalid", x.Name)
		case x.Of != x.Table:
			return nil, fmt.Errorf("index %s is of another table", x.Name)
		}
		if same, known := st.parsed(x.Def); known && !same {
			return nil, fmt.Errorf("index %s is another one: %s", x.Name, x.Def)
		} else if !known && pre != nil && pre.Index == x.Index && pre.Valid {
			s.r.warn("%s:%d: index %s was there before, and only you can tell whether it is the same: %s", st.path, st.line, x.Name, x.Def)
		}
	case pgsql.DropIndexConcurrently:
		if x.Index != 0 {
			return nil, fmt.Errorf("index %s is still there", x.Name)
		}
	case pgsql.ReindexConcurrently:
		if len(x.Left) > 0 {
			return nil, fmt.Errorf("it left invalid copies: %s", strings.Join(x.Left, ", "))
		}
		if x.Name != "" && !x.Valid {
			return nil, fmt.Errorf("index %s is invalid", x.Name)
		}
		if pre != nil && pre.Index != 0 && pre.Index == x.Index {
			return nil, fmt.Errorf("index %s was not rebuilt", x.Name)
		}
		if st.conc.Index.Name == "" && s.reconciling {
			return nil, errors.New("nothing tells whether every index was rebuilt")
		}
	case pgsql.DetachPartitionConcurrently:
		if x.Pending {
			return nil, errors.New("the partition is half detached")
		}
		if x.Part {
			return nil, errors.New("the partition is still attached")
		}
	}
	return x, nil
}
