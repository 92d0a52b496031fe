package pgsql

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// text reads a string. It never holds on to the JSON.
func (d *decoder) text() string {
	d.want('"')
	for i := d.at; i < len(d.src); i++ {
		switch d.src[i] {
		case '"':
			s := d.src[d.at:i]
			d.at = i + 1
			return d.intern(s)
		case '\\':
			return d.escaped(i)
		}
	}
	d.fail()
	return ""
}

// intern gives a copy of the string, the same one where it was seen lately.
func (d *decoder) intern(s string) string {
	if len(s) == 0 {
		return ""
	}
	if len(s) > 64 {
		return strings.Clone(s)
	}
	h := uint32(len(s))
	for i := range len(s) {
		h = h*31 + uint32(s[i])
	}
	w := &d.words[h%uint32(len(d.words))]
	if *w != s {
		*w = strings.Clone(s)
	}
	return *w
}

// escaped reads the rest of a string whose first backslash stands at i.
func (d *decoder) escaped(i int) string {
	buf := append([]byte(nil), d.src[d.at:i]...)
	for i < len(d.src) {
		c := d.src[i]
		i++
		switch {
		case c == '"':
			d.at = i
			return string(buf)
		case c != '\\':
			buf = append(buf, c)
			continue
		case i == len(d.src):
			continue
		}
		c = d.src[i]
		i++
		switch c {
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case '"', '\\', '/':
			buf = append(buf, c)
		case 'u':
			if i+4 > len(d.src) {
				d.fail()
				return ""
			}
			n, err := strconv.ParseUint(d.src[i:i+4], 16, 16)
			if err != nil || utf16.IsSurrogate(rune(n)) { // the parser escapes control characters only
				d.fail()
				return ""
			}
			buf = append(buf, string(rune(n))...)
			i += 4
		default:
			d.fail()
			return ""
		}
	}
	d.fail()
	return ""
}
