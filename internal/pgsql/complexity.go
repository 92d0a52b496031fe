package pgsql

import "bytes"

// maxDepth is how deep a statement's tree may get. The parser's output code
// recurses without a check: a chain of 25,000 operators overflows its stack and
// kills the process, and its time grows with the square of the depth.
const maxDepth = 4000

// tooComplex tells whether some statement of the text may have a tree deeper
// than maxDepth. It counts what builds trees to the left, and so escapes the
// parser's own limit on nesting: operators since the last comma, AND or OR, and
// joins and set operations, summed over the parentheses that are open. It costs
// a pass of the lexer, and nothing for a text of less than 2 maxDepth bytes.
func tooComplex(src []byte) bool {
	if len(src) < 2*maxDepth {
		return false
	}
	type level struct{ run, joins int }
	var (
		open  []level
		cur   level
		outer int // run and joins of all levels in open
	)
	for i := 0; ; {
		t := next(src, i)
		i = int(t.end)
		switch t.kind {
		case tokEOF:
			return false
		case tokComment:
			// The parser rereads the rest of a run of /*/*/* at each of them.
			if bytes.Count(src[t.start:t.end], []byte("/*")) > 1000 {
				return true
			}
		case tokOp, tokBad:
			cur.run++
		case tokPunct:
			switch src[t.start] {
			case ';':
				open, cur, outer = open[:0], level{}, 0
			case ',':
				cur.run = 0
			case '(', '[':
				open = append(open, cur)
				outer += cur.run + cur.joins + 1
				cur = level{}
			case ')', ']':
				if n := len(open) - 1; n >= 0 {
					cur, open = open[n], open[:n]
					outer -= cur.run + cur.joins + 1
				}
			}
		case tokWord:
			if t.end-t.start > 9 {
				break
			}
			var word [9]byte
			n := copy(word[:], src[t.start:t.end])
			for j := range n {
				word[j] &^= 0x20
			}
			switch string(word[:n]) {
			case "OR", "AND":
				cur.run = 0
			case "AT", "IS", "ISNULL", "NOTNULL", "COLLATE", "OPERATOR":
				cur.run++
			case "JOIN", "UNION", "EXCEPT", "INTERSECT":
				cur.joins++
			}
		}
		if outer+cur.run+cur.joins > maxDepth {
			return true
		}
	}
}
