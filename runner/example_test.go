package runner_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/safemig/safemig/runner"
)

//go:embed testdata/migrations
var migrations embed.FS

// Migrations that are built into the program, one of them in Go.
func Example() {
	r, err := runner.New(runner.Options{
		Database: "postgres://localhost/app",
		FS:       migrations,
		Dir:      "testdata/migrations",
		Go: []runner.GoMigration{{Version: "0002", Name: "rehash", Up: func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "UPDATE accounts SET hash = $1 WHERE hash = ''", "-")
			return err
		}}},
		Events: func(e runner.Event) { fmt.Println(e.Kind, e.Version, e.Message) },
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = r.Up(context.Background())
	var failed *runner.MigrationError
	var pg *pgconn.PgError
	if errors.As(err, &failed) && errors.As(err, &pg) {
		log.Fatalf("%s:%d failed with %s; applied before: %v", failed.Path, failed.Line, pg.Code, failed.Applied)
	}
	if err != nil {
		log.Fatal(err)
	}
}
