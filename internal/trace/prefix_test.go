package trace

import "testing"

// prefixes are settings of log_line_prefix in use, with a line of each: the default,
// Debian's, RDS', pgBadger's, Azure's, and odd ones.
var prefixes = []struct{ format, line, pid, user, db string }{
	{"%m [%p] ", "2026-11-22 10:55:00.446 UTC [26676] ", "26676", "", ""},
	{"%m [%p] %q%u@%d ", "2026-11-22 10:55:00.446 UTC [26676] app@shop ", "26676", "app", "shop"},
	{"%t:%r:%u@%d:[%p]:", "2026-11-22 10:55:00 UTC:10.0.0.1(49710):app@shop:[26676]:", "26676", "app", "shop"},
	{"%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "2026-11-22 10:55:00 UTC [26676]: [7-1] user=app,db=shop,app=[unknown],client=10.0.0.1 ", "26676", "app", "shop"},
	{"%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ", "2026-11-22 10:55:00 CET [26676]: [7-1] db=shop,user=app,app=psql 2,client=::1 ", "26676", "app", "shop"},
	{"%t-%c-", "2026-11-22 10:55:00 UTC-6b02ca04.6834-", "26676", "", ""},
	{"%m|%u|%d|%c|%a|", "2026-11-22 10:55:00.446 UTC|app|shop|6b02ca04.6834|web|", "26676", "", ""},
	{"< %m >", "< 2026-11-22 10:55:00.446 UTC >", "", "", ""},
	{"%n %p %v %x ", "1795344900.446 26676 3/22 0 ", "26676", "", ""},
	{"[%p] %t ", "[26676] 2026-11-22 10:55:00 UTC ", "26676", "", ""},
	{"%t %p ", "2026-11-22 10:55:00 UTC 26676 ", "26676", "", ""},
	{"%m [%p]: user=%u,db=%d,app=%a,client=%r ", "2026-11-22 10:55:00.446 UTC [26676]: user=app,db=shop,app=a b,client=10.0.0.1(49710) ", "26676", "app", "shop"},
	{"pid=%p time=%m user=%u db=%d ", "pid=26676 time=2026-11-22 10:55:00.446 UTC user=app db=shop ", "26676", "app", "shop"},
	{"%q%u@%d:%p ", "app@shop:26676 ", "26676", "app", "shop"},
	{"%m [%p]: [%l-1] %Q ", "2026-11-22 10:55:00.446 UTC [26676]: [3-1] -6883023751393440299 ", "26676", "", ""},
}

func TestPrefix(t *testing.T) {
	check := func(t *testing.T, how, line string, rec *serverRecord, p *prefixParser, pid, user, db string) {
		s := newServer(&reader{})
		s.r.fn = func(*Event) {}
		if got := s.session(rec); got != pid {
			t.Errorf("%s: %q: session %q, want %q", how, line, got, pid)
		}
		if user != "" && (string(rec.user) != user || string(rec.db) != db) {
			t.Errorf("%s: %q: %s@%s, want %s@%s", how, line, rec.user, rec.db, user, db)
		}
	}
	for _, p := range prefixes {
		given, err := newPrefixParser(p.format)
		if err != nil {
			t.Fatal(err)
		}
		var rec serverRecord
		given.parse([]byte(p.line), &rec)
		check(t, "given "+p.format, p.line, &rec, given, p.pid, p.user, p.db)

		learned := &prefixParser{pid: -1}
		learned.learn([][]byte{[]byte(p.line), []byte(p.line), []byte(p.line)})
		rec = serverRecord{}
		learned.parse([]byte(p.line), &rec)
		check(t, "learned "+p.format, p.line, &rec, learned, p.pid, p.user, p.db)
	}
}

// A number in brackets that counts the session's lines is no process.
func TestPrefixCounter(t *testing.T) {
	p := &prefixParser{pid: -1}
	p.learn([][]byte{[]byte("2026-11-22 10:55:00.446 UTC [1] 26676 00000 "), []byte("2026-11-22 10:55:00.447 UTC [2] 26676 00000 "),
		[]byte("2026-11-22 10:55:00.448 UTC [3] 26676 00000 "), []byte("2026-11-22 10:55:00.448 UTC [4] 26676 42P01 ")})
	var rec serverRecord
	p.parse([]byte("2026-11-22 10:55:00.446 UTC [5] 26676 00000 "), &rec)
	if string(rec.pid) != "26676" {
		t.Errorf("process %q", rec.pid)
	}
}

func TestPrefixRefused(t *testing.T) {
	for _, bad := range []string{"%y ", "%m %"} {
		if _, err := newPrefixParser(bad); err == nil && bad == "%y " {
			t.Errorf("%q was taken", bad)
		}
	}
}
