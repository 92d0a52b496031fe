package rules_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
)

// projects is what a PostgreSQL expert would say of testdata/projects, and
// nothing more: down sections take back what up did, CHECKs are validated in
// time, new tables are nobody's business, varchar grows. The projects of the other
// tools are one history; see TestToolsHaveTheSameFindings.
const projects = `
alembic/sql/2024-03.sql:6 error set-not-null
alembic/sql/2024-03.sql:23 error fk-validated-at-once
atlas/migrations/20240103120000_email_required.sql:2 error set-not-null
atlas/migrations/20240104120000_invoices_belong.sql:8 error fk-validated-at-once
bun/migrations/20240103120000_email_required.tx.up.sql:2 error set-not-null
bun/migrations/20240104120000_invoices_belong.tx.up.sql:8 error fk-validated-at-once
dbmate/db/migrations/20240304101500_every_ticket_has_a_priority.sql:2 warning backfill-unbounded
dbmate/db/migrations/20240304101500_every_ticket_has_a_priority.sql:3 warning lock-timeout-missing
dbmate/db/migrations/20240304101500_every_ticket_has_a_priority.sql:4 error set-not-null
dbmate/db/migrations/20240318083000_assignees_are_agents.sql:8 error validate-with-lock-held
dbmate/db/migrations/20240415070000_full_names_are_names.sql:2 error rename-column
dbmate/db/migrations/20240415070000_full_names_are_names.sql:5 info rename-column
dbmate/db/migrations/20240506113000_index_tickets_by_day.sql:4 error concurrently-in-transaction
diesel/migrations/2024-01-03-120000_email_required/up.sql:2 error set-not-null
diesel/migrations/2024-01-04-120000_invoices_belong/up.sql:8 error fk-validated-at-once
django/sql/0003_email_required.sql:6 error set-not-null
django/sql/0004_invoices_belong.sql:12 error fk-validated-at-once
drizzle/drizzle/0001_index_due_on.sql:1 error concurrently-in-transaction
drizzle/drizzle/0002_email_required.sql:2 error set-not-null
drizzle/drizzle/0003_invoices_belong.sql:8 error fk-validated-at-once
flyway/sql/V3__email_required.sql:2 error set-not-null
flyway/sql/V4__invoices_belong.sql:8 error fk-validated-at-once
golang-migrate/db/migrations/000002_create_invoices.up.sql:3 warning lock-timeout-missing
golang-migrate/db/migrations/000003_longer_vat_numbers.down.sql:1 warning alter-column-type
golang-migrate/db/migrations/000004_index_invoices_due_on.up.sql:1 warning concurrent-index-if-not-exists
golang-migrate/db/migrations/000005_payments_belong_to_invoices.up.sql:2 error fk-validated-at-once
golang-migrate/db/migrations/000006_drop_fax.up.sql:1 error drop-column
golang-migrate/db/migrations/000007_index_payments.up.sql:3 error concurrently-with-others
golang-migrate/db/migrations/000007_index_payments.up.sql:4 error concurrently-with-others
goose/migrations/00001_create_users_and_orders.sql:11 info int-primary-key
goose/migrations/00003_index_orders_by_user.sql:4 error index-not-concurrent
goose/migrations/00005_users_email_is_required.sql:4 warning backfill-unbounded
goose/migrations/00005_users_email_is_required.sql:7 warning lock-timeout-missing
goose/migrations/00007_orders_status.sql:5 error check-validated-at-once
goose/migrations/00008_order_numbers_run_out.sql:3 error alter-column-type
goose/migrations/00008_order_numbers_run_out.sql:6 warning alter-column-type
goose/migrations/00008_order_numbers_run_out.sql:7 warning alter-column-type
graphile-migrate/migrations/committed/000003-email-required.sql:6 error set-not-null
graphile-migrate/migrations/current.sql:9 error fk-validated-at-once
hasura/migrations/default/1704102600000_index_due_on/down.sql:1 warning concurrently-in-transaction
hasura/migrations/default/1704102600000_index_due_on/up.sql:1 error concurrently-in-transaction
hasura/migrations/default/1704103600000_email_required/up.sql:2 error set-not-null
hasura/migrations/default/1704104600000_invoices_belong/up.sql:8 error fk-validated-at-once
liquibase/changelog/email_required.sql:5 error set-not-null
liquibase/changelog/invoices_belong.sql:14 error fk-validated-at-once
morph/migrations/postgres/000003_email_required.up.sql:2 error set-not-null
morph/migrations/postgres/000004_invoices_belong.up.sql:8 error fk-validated-at-once
node-pg-migrate/migrations/1704102600000_index-due-on.sql:2 error concurrently-in-transaction
node-pg-migrate/migrations/1704102600000_index-due-on.sql:5 warning concurrently-in-transaction
node-pg-migrate/migrations/1704103600000_email-required.sql:3 error set-not-null
node-pg-migrate/migrations/1704104600000_invoices-belong.sql:9 error fk-validated-at-once
plain/schema/0005_index_item_codes.sql:4 warning timeout-during-concurrent-build
plain/schema/0006_items_legacy_ref.up.sql:1 error unique-builds-index
plain/schema/0007_stock_counted_at.up.sql:1 error add-column-volatile-default
popx/migrations/sql/20240103120000_email_required.up.sql:2 error set-not-null
popx/migrations/sql/20240104120000_invoices_belong.up.sql:8 error fk-validated-at-once
postgres-migrations/migrations/3-email-required.sql:2 error set-not-null
postgres-migrations/migrations/4-invoices-belong.sql:8 error fk-validated-at-once
prisma/prisma/migrations/20240103120000_email_required/migration.sql:2 error set-not-null
prisma/prisma/migrations/20240104120000_invoices_belong/migration.sql:8 error fk-validated-at-once
refinery/migrations/V2__index_due_on.sql:1 error concurrently-in-transaction
refinery/migrations/V3__email_required.sql:2 error set-not-null
refinery/migrations/V4__invoices_belong.sql:8 error fk-validated-at-once
river/migration/main/002_index_due_on.down.sql:1 warning concurrently-in-transaction
river/migration/main/002_index_due_on.up.sql:1 error concurrently-in-transaction
river/migration/main/003_email_required.up.sql:2 error set-not-null
river/migration/main/004_invoices_belong.up.sql:8 error fk-validated-at-once
sqitch/deploy/email_required.sql:6 error set-not-null
sqitch/deploy/invoices_belong.sql:12 error fk-validated-at-once
sql-migrate/migrations/20240103120000-email_required.sql:3 error set-not-null
sql-migrate/migrations/20240104120000-invoices_belong.sql:11 error fk-validated-at-once
sqlx/migrations/20240103120000_email_required.up.sql:3 error set-not-null
sqlx/migrations/20240104120000_invoices_belong.up.sql:9 error fk-validated-at-once
supabase/supabase/migrations/20240103120000_email_required.sql:2 error set-not-null
supabase/supabase/migrations/20240104120000_invoices_belong.sql:8 error fk-validated-at-once
tern/migrations/003_email_required.sql:2 error set-not-null
tern/migrations/004_invoices_belong.sql:8 error fk-validated-at-once
`

func TestProjects(t *testing.T) {
	r, err := lint.Run(context.Background(), lint.Options{Dir: "../testdata/projects"})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range r.Findings {
		line := 1 + strings.Count(string(f.File.Src[:f.Span.Start]), "\n")
		fmt.Fprintf(&got, "%s:%d %s %s\n", f.File.Path, line, f.Severity, f.Rule.ID)
	}
	if want := strings.TrimPrefix(projects, "\n"); got.String() != want {
		t.Errorf("got:\n%swant:\n%s", got.String(), want)
	}
}

// TestToolsHaveTheSameFindings holds one history in the layouts of many tools
// against itself: only what a tool refuses or cannot run differs.
func TestToolsHaveTheSameFindings(t *testing.T) {
	own := map[string]bool{"goose": true, "dbmate": true, "golang-migrate": true, "plain": true}
	dirs, err := os.ReadDir("../testdata/projects")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if own[d.Name()] || d.Name() == "rails" {
			continue
		}
		o := lint.Options{Dir: "../testdata/projects/" + d.Name()}
		r, err := lint.Run(context.Background(), o)
		if err != nil {
			t.Errorf("%s: %v", d.Name(), err)
			continue
		}
		var got []string
		for _, f := range r.Findings {
			if f.Direction == "up" && f.Rule.ID != "lock-timeout-missing" && !strings.HasPrefix(f.Rule.ID, "concurrently-") {
				got = append(got, f.Rule.ID)
			}
		}
		if want := "set-not-null fk-validated-at-once"; strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", d.Name(), got, want)
		}
		if len(r.Histories) != 1 || r.Histories[0].Tool != d.Name() {
			t.Errorf("%s: read as %+v", d.Name(), r.Histories)
		}
	}
}
