package split

import (
	"fmt"
	"strings"

	"github.com/safemig/safemig/internal/catalog"
)

// batchPages is how many pages of a table one transaction of a fill goes through:
// some 800 kB, a few thousand rows.
const batchPages = 100

// fill is an UPDATE of all rows that meet a condition, some pages at a time, each
// in a transaction of its own. It goes round until a round finds nothing,
// ten times at most: a row that others move meanwhile comes in the next. DO may COMMIT only where it is
// the only statement of its message, outside a transaction block
// (https://www.postgresql.org/docs/current/plpgsql-transactions.html).
func (k *clause) fill(columnName, expr, condition string) step {
	table := k.effects[0].Target
	pages := "ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + " + fmt.Sprint(batchPages) + ")::tid"
	if k.w.h.PG < 14 { // which has no TID range scan: every batch would read the whole table
		pages = "ctid = ANY (ARRAY(SELECT format('(%s,%s)', p, i)::tid FROM generate_series(page, page + " +
			fmt.Sprint(batchPages-1) + ") p, generate_series(1, 300) i))"
	}
	text := `DO $fill$
DECLARE
  page bigint;
  changed bigint;
  total bigint;
BEGIN
  FOR round IN 1 .. 10 LOOP
    total := 0;
    FOR page IN 0 .. pg_relation_size(TABLE) / current_setting('block_size')::bigint BY PAGES LOOP
      UPDATE NAME SET COLUMN = EXPR
       WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM NAME
          WHERE RANGE
            AND CONDITION
          LIMIT 50000));
      GET DIAGNOSTICS changed = ROW_COUNT;
      total := total + changed;
      COMMIT;
    END LOOP;
    EXIT WHEN total = 0;
  END LOOP;
END
$fill$`
	for _, t := range k.rel.Triggers {
		if !t.Internal {
			k.w.notes = append(k.w.notes, fmt.Sprintf("%s: the trigger %s fires for every row that is filled, as far as it is one for UPDATE", table.Short(), catalog.Quote(t.Name)))
		}
	}
	literal := "'" + strings.ReplaceAll(table.String(), "'", "''") + "'"
	return step{does: "fill", alone: true, up: []string{strings.NewReplacer("TABLE", literal, "PAGES", fmt.Sprint(batchPages), "NAME", table.Short(),
		"COLUMN", columnName, "EXPR", expr, "RANGE", pages, "CONDITION", condition).Replace(text)}}
}
