package pgsql

// piece is a part of a text that holds at most one statement. Pieces join to
// the whole text: each begins after the previous one's semicolon.
type piece struct {
	lead       int // where the piece begins
	start, end int // the statement, without comments and blanks around; equal when there is none
	stop       int // after the semicolon, or the end of the text
}

// pieces cuts a text at the semicolons that end statements. It never fails: an
// unclosed quote or body runs to the end of the text.
func pieces(src []byte) []piece {
	var (
		out    []piece
		p      = piece{start: -1}
		head   [4]token // the first tokens of the statement
		count  int
		depth  int // BEGIN ATOMIC and CASE that are open
		parens int
		prev   token
	)
	reset := func(lead int) {
		p = piece{lead: lead, start: -1}
		count, depth, parens, prev = 0, 0, 0, token{}
	}
	done := func(stop int) {
		if p.start < 0 {
			p.start, p.end = stop, stop
		}
		p.stop = stop
		out = append(out, p)
		reset(stop)
	}
	for i := 0; ; {
		t := next(src, i)
		i = int(t.end)
		if t.kind == tokEOF {
			break
		}
		if t.kind == tokComment {
			continue
		}
		if isPunct(src, t, ';') {
			if depth > 0 || parens > 0 && creates(src, head[:min(count, len(head))], "RULE") {
				p.end = i
				continue
			}
			done(i)
			continue
		}
		if p.start < 0 {
			p.start = int(t.start)
		}
		p.end = i
		if count < len(head) {
			head[count] = t
		}
		count++
		switch {
		case isPunct(src, t, '('):
			parens++
		case isPunct(src, t, ')'):
			parens--
		case depth > 0 && isWord(src, t, "CASE"):
			depth++
		case depth > 0 && isWord(src, t, "END"):
			depth--
		case isWord(src, t, "ATOMIC") && isWord(src, prev, "BEGIN"):
			h := head[:min(count, len(head))]
			if creates(src, h, "FUNCTION") || creates(src, h, "PROCEDURE") {
				depth++
			}
		}
		prev = t
	}
	if p.start >= 0 || p.lead < len(src) {
		done(len(src))
	}
	return out
}

// creates tells whether a statement begins with CREATE [OR REPLACE] and the word.
func creates(src []byte, head []token, word string) bool {
	if len(head) < 2 || !isWord(src, head[0], "CREATE") {
		return false
	}
	return isWord(src, head[1], word) ||
		len(head) == 4 && isWord(src, head[1], "OR") && isWord(src, head[2], "REPLACE") && isWord(src, head[3], word)
}
