package pgsql

// maxDepth is how deep a statement's tree may get. The parser's output code
// recurses without a check: a chain of 25,000 operators overflows its stack and
// kills the process, and its time grows with the square of the depth.
const maxDepth = 6000

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
		case tokOp, tokBad:
			cur.run++
		case tokPunct:
			switch src[t.start] {
			case ';':
				open, cur, outer = open[:0], level{}, 0
			case ',':
				cur.run = 0
			case '(', '[':
				cur.run++ // a parenthesis nests too
				open = append(open, cur)
				outer += cur.run + cur.joins
				cur = level{}
			case ')', ']':
				if n := len(open) - 1; n >= 0 {
					cur, open = open[n], open[:n]
					outer -= cur.run + cur.joins
				}
			}
		case tokWord:
			switch word := src[t.start:t.end]; len(word) {
			case 2:
				switch {
				case isWord(src, t, "OR"):
					cur.run = 0
				case isWord(src, t, "AT"):
					cur.run++
				}
			case 3:
				if isWord(src, t, "AND") {
					cur.run = 0
				}
			case 4:
				if isWord(src, t, "JOIN") {
					cur.joins++
				}
			case 5:
				if isWord(src, t, "UNION") {
					cur.joins++
				}
			case 6:
				if isWord(src, t, "EXCEPT") {
					cur.joins++
				}
			case 7:
				if isWord(src, t, "COLLATE") {
					cur.run++
				}
			case 9:
				if isWord(src, t, "INTERSECT") {
					cur.joins++
				}
			}
		}
		if outer+cur.run+cur.joins > maxDepth {
			return true
		}
	}
}
