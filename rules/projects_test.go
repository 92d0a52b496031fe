package rules_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/lint"
)

// projects is what a PostgreSQL expert would say of testdata/projects, and
// nothing more: down sections take back what up did, CHECKs are validated in
// time, new tables are nobody's business, varchar grows.
const projects = `
dbmate/db/migrations/20240304101500_every_ticket_has_a_priority.sql:3 warning lock-timeout-missing
dbmate/db/migrations/20240304101500_every_ticket_has_a_priority.sql:4 error set-not-null
dbmate/db/migrations/20240318083000_assignees_are_agents.sql:8 error validate-with-lock-held
dbmate/db/migrations/20240415070000_full_names_are_names.sql:2 error rename-column
dbmate/db/migrations/20240415070000_full_names_are_names.sql:5 info rename-column
dbmate/db/migrations/20240506113000_index_tickets_by_day.sql:4 error concurrently-in-transaction
golang-migrate/db/migrations/000002_create_invoices.up.sql:3 warning lock-timeout-missing
golang-migrate/db/migrations/000003_longer_vat_numbers.down.sql:1 warning alter-column-type
golang-migrate/db/migrations/000005_payments_belong_to_invoices.up.sql:2 error fk-validated-at-once
golang-migrate/db/migrations/000006_drop_fax.up.sql:1 error drop-column
golang-migrate/db/migrations/000007_index_payments.up.sql:3 error concurrently-with-others
golang-migrate/db/migrations/000007_index_payments.up.sql:4 error concurrently-with-others
goose/migrations/00003_index_orders_by_user.sql:4 error index-not-concurrent
goose/migrations/00005_users_email_is_required.sql:7 warning lock-timeout-missing
goose/migrations/00007_orders_status.sql:5 error check-validated-at-once
goose/migrations/00008_order_numbers_run_out.sql:3 error alter-column-type
goose/migrations/00008_order_numbers_run_out.sql:6 warning alter-column-type
goose/migrations/00008_order_numbers_run_out.sql:7 warning alter-column-type
plain/schema/0006_items_legacy_ref.up.sql:1 error unique-builds-index
plain/schema/0007_stock_counted_at.up.sql:1 error add-column-volatile-default
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
