package report

import "fmt"

// summary lists what the application waits for, the worst first.
func (t *lockTable) summary(ms []*lockMigration) {
	const most = 6
	all := blockedRelations(ms, !anyUp(ms))
	if len(all) == 0 {
		fmt.Fprintln(t.w, "no read and no write of an existing relation waits")
		return
	}
	shown := all[:min(most, len(all))]
	name, who, while, where := 0, 0, 0, 0
	for _, b := range shown {
		if b.While == "" {
			b.While = "no scan or rewrite"
		}
		b.Where = visible(b.Where)
		name, who = min(max(name, cells(b.Relation)), t.width*3/10), max(who, cells(b.waits.short()))
		while, where = max(while, cells(b.While)), max(where, cells(b.Where))
	}
	room := t.width - 2 - name - who - 3*len(t.gap)
	where = min(where, max(room-while, room/2))
	while = min(while, room-where)
	fmt.Fprintln(t.w, "the application waits for:")
	for _, b := range shown {
		fmt.Fprintf(t.w, "  %s%s%s%s%s%s%s\n", pad(middle(b.Relation, name), name), t.gap,
			t.style.paint(b.waits.color(), pad(b.waits.short(), who)), t.gap, pad(b.While, while), t.gap, t.style.paint(dim, middle(b.Where, where)))
	}
	if n := len(all) - len(shown); n > 0 {
		fmt.Fprintf(t.w, "  and %s more\n", count(n, "relation"))
	}
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", thousands(n), noun)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
