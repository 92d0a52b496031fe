package pgsql

import "bytes"

const byteOrderMark = "\xEF\xBB\xBF"

// mask blanks out what psql reads and the server never sees: a byte order mark,
// meta-commands from their backslash to the end of the line, and the data of
// COPY … FROM stdin up to the line \. of its end. Offsets stay what they were.
// A meta-command that sends the statement before it (\g, \gexec, …) leaves a
// semicolon, \; leaves its own. Quotes are respected: '\n' stays.
func mask(src []byte) (masked []byte, changed bool) {
	blank := func(start, end int) {
		if !changed {
			masked, changed = bytes.Clone(src), true
		}
		for i := start; i < end; i++ {
			if masked[i] != '\n' && masked[i] != '\r' {
				masked[i] = ' '
			}
		}
	}
	masked = src
	if bytes.HasPrefix(src, []byte(byteOrderMark)) {
		blank(0, len(byteOrderMark))
	}
	if bytes.IndexByte(src, '\\') < 0 {
		return masked, changed
	}
	var copyToks []token // the tokens of the statement so far, when it begins with COPY
	first := true
	ends := true // there may be a line \. ahead
	for i := 0; ; {
		t := next(masked, i)
		i = int(t.end)
		switch {
		case t.kind == tokEOF:
			return masked, changed
		case t.kind == tokComment:
		case isPunct(masked, t, ';'):
			if ends && fromStdin(masked, copyToks) {
				end := copyEnd(masked, i)
				if ends = end > 0; ends {
					blank(lineEnd(masked, i), end)
					i = end
				}
			}
			copyToks, first = nil, true
		case t.kind == tokBad && masked[t.start] == '\\':
			end := lineEnd(masked, i)
			cmd := masked[i:end]
			switch {
			case bytes.HasPrefix(cmd, []byte(";")):
				blank(i-1, i)
			case bytes.HasPrefix(cmd, []byte("g")), bytes.HasPrefix(cmd, []byte("crosstabview")):
				blank(i-1, end)
				masked[i-1] = ';'
				copyToks, first = nil, true
			default:
				blank(i-1, end)
			}
			i--
		case first:
			first = false
			if isWord(masked, t, "COPY") {
				copyToks = append(copyToks, t)
			}
		case copyToks != nil:
			copyToks = append(copyToks, t)
		}
	}
}

// fromStdin tells whether the tokens are a COPY that reads data from the client.
func fromStdin(src []byte, toks []token) bool {
	for i := 1; i < len(toks); i++ {
		if isWord(src, toks[i], "STDIN") && isWord(src, toks[i-1], "FROM") {
			return true
		}
	}
	return false
}

// copyEnd gives the offset after the line \. that ends COPY data, or 0. Data
// begin on the line after offset i.
func copyEnd(src []byte, i int) int {
	for i = lineEnd(src, i); i < len(src); {
		for i < len(src) && (src[i] == '\n' || src[i] == '\r') {
			i++
		}
		end := lineEnd(src, i)
		if string(src[i:end]) == `\.` {
			return end
		}
		i = end
	}
	return 0
}
