package locks

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
)

func onDB(ctx context.Context, db *sql.DB) {
	db.ExecContext(ctx, "SELECT pg_advisory_lock(1)")         // want `pg_advisory_lock on a pool .*\[advisory-lock-on-pool\]`
	defer db.ExecContext(ctx, "SELECT pg_advisory_unlock(1)") // want `\[advisory-lock-on-pool\]`
}

func onPool(ctx context.Context, p *pgxpool.Pool, id int64) {
	p.Exec(ctx, "SELECT pg_advisory_lock($1)", id)                                  // want `\[advisory-lock-on-pool\]`
	p.Exec(ctx, fmt.Sprintf("SELECT pg_advisory_lock(%d)", id))                     // want `\[advisory-lock-on-pool\]`
	p.Exec(ctx, "SELECT pg_advisory_unlock("+fmt.Sprint(id)+")")                    // want `\[advisory-lock-on-pool\]`
	p.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")    // looks only
	p.Exec(ctx, "SELECT pg_advisory_xact_lock(1)")                                  // want `\[xact-lock-outside-transaction\]`
	p.Exec(ctx, "BEGIN; SELECT pg_advisory_xact_lock(1); DELETE FROM jobs; COMMIT") // one message
}

func one(ctx context.Context) {
	db, _ := sql.Open("pgx", "")
	db.SetMaxOpenConns(1)
	db.ExecContext(ctx, "SELECT pg_advisory_lock(1)")
	db.ExecContext(context.Background(), "SELECT pg_advisory_unlock(1)")
}

func onGorm(d *gorm.DB) {
	d.Exec("SELECT pg_advisory_lock(1)") // may be pinned by Connection
	d.Exec("SELECT pg_advisory_unlock(1)")
}

func onTx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_lock(1)"); err != nil { // want `\[advisory-session-lock-in-transaction\]`
		return err
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1)"); err != nil {
		return err
	}
	return tx.Commit()
}
