package pgsql

import "bytes"

// notText says what a section is that is no text of ours, with what to do; "" for
// what may be read statement by statement. It looks at the beginning.
func notText(src []byte) (msg, hint string) {
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return "this is UTF-16: the server takes no byte order mark of it, and no NUL bytes", "save the file as UTF-8"
	}
	begin := src[:min(len(src), 8<<10)]
	odd := 0
	for _, b := range begin {
		if b < ' ' && (b < '\t' || b > '\r') && b != 0x1b {
			odd++
		}
	}
	if odd > 8 && odd > len(begin)/50 {
		return "this is no text: the file is binary", "dumps of pg_dump -Fc are read by pg_restore -f -; other files belong elsewhere"
	}
	return "", ""
}
