package pgsql

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// The parser gives its tree as protobuf or as JSON. Most of the cost of the
// protobuf is its encoder's, which sizes every node again at each level; the JSON
// is written in one go. So the tree is read from the JSON into the very same Go
// types; TestTreeIsTheParsers holds the two against each other. The JSON leaves out
// integers below zero as if they were zero (_outInteger, pg_query_outfuncs_json.c):
// where the text does not tell them apart, errTree sends the caller to the protobuf.

// decoder reads one tree.
type decoder struct {
	src   string
	sql   string // that was parsed
	at    int
	err   error
	bound bool             // in the bounds of an array type
	lists []unsafe.Pointer // the elements of the lists under way
	cells []cell
	words [512]string // strings seen lately: names come again and again
}

// cell is a Node with the place for its oneof's wrapper, which is a struct of
// one pointer whatever the type.
type cell struct {
	node pg_query.Node
	arm  unsafe.Pointer
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

var errTree = errors.New("the parser's tree cannot be read")

// readTree reads the JSON that the parser gave for the text.
func readTree(json, text string) (*pg_query.ParseResult, error) {
	d := decoders.Get().(*decoder)
	d.src, d.sql, d.at, d.err = json, text, 0, nil
	tree := new(pg_query.ParseResult)
	d.message(unsafe.Pointer(tree), treeLayout())
	if d.err == nil && d.at != len(json) {
		d.err = errTree
	}
	err := d.err
	d.src, d.sql, d.lists = "", "", d.lists[:0]
	clear(d.lists[:cap(d.lists)])
	decoders.Put(d)
	return tree, err
}

// is takes a byte if it is the next one.
func (d *decoder) is(c byte) bool {
	if d.at < len(d.src) && d.src[d.at] == c {
		d.at++
		return true
	}
	return false
}

func (d *decoder) want(c byte) {
	if !d.is(c) {
		d.fail()
	}
}

// fail ends the reading: nothing follows.
func (d *decoder) fail() {
	if d.err == nil {
		d.err = errTree
	}
	d.at = len(d.src)
}

// message reads an object into a message of the layout.
func (d *decoder) message(p unsafe.Pointer, l *layout) {
	d.want('{')
	if d.is('}') {
		if l.integer {
			d.empty((*pg_query.Integer)(p))
		}
		return
	}
	next := 0 // keys come in the order of the fields, mostly
	for d.err == nil {
		f := l.field(d.key(), &next)
		if f == nil {
			d.fail()
			return
		}
		d.value(unsafe.Add(p, f.offset), f)
		if d.is('}') {
			return
		}
		d.want(',')
	}
}

// key reads a key, which needs no unescaping, and the colon.
func (d *decoder) key() string {
	d.want('"')
	n := strings.IndexByte(d.src[d.at:], '"')
	if n < 0 {
		d.fail()
		return ""
	}
	key := d.src[d.at : d.at+n]
	d.at += n + 1
	d.want(':')
	return key
}

func (d *decoder) value(p unsafe.Pointer, f *field) {
	switch f.kind {
	case kindString:
		*(*string)(p) = d.text()
	case kindBool:
		*(*bool)(p) = d.word() == "true"
	case kindEnum:
		*(*int32)(p) = d.enum(f.names)
	case kindInt32:
		*(*int32)(p) = int32(d.number(math.MinInt32, math.MaxInt32))
	case kindUint32:
		*(*uint32)(p) = uint32(d.number(0, math.MaxUint32))
	case kindInt64:
		*(*int64)(p) = d.number(math.MinInt64, math.MaxInt64)
	case kindMessage:
		m := f.of().alloc(d)
		*(*unsafe.Pointer)(p) = m
		d.message(m, f.of())
	case kindList:
		d.bound = f.key == "arrayBounds"
		*(*[]unsafe.Pointer)(p) = d.list(f.of())
		d.bound = false
	case kindArm:
		m := f.of().alloc(d)
		arm := (*unsafe.Pointer)(unsafe.Add(p, f.arm))
		if f.arm == 0 {
			arm = new(unsafe.Pointer)
		}
		*arm = m
		*(*[2]unsafe.Pointer)(p) = [2]unsafe.Pointer{f.itab, unsafe.Pointer(arm)}
		d.message(m, f.of())
	default:
		d.fail()
	}
}

// empty is called for an Integer without a value, which is one of zero or less.
// Of a constant the location, which follows, tells whether a sign stands there.
// The bound of an array is -1 where none is given, and never another one below zero.
func (d *decoder) empty(n *pg_query.Integer) {
	if d.bound {
		if n.Ival = -1; zeroBound(d.sql) {
			d.fail()
		}
		return
	}
	rest, ok := strings.CutPrefix(d.src[d.at:], `,"location":`)
	if !ok {
		d.fail()
		return
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	at, err := strconv.Atoi(rest[:end])
	if err != nil || at >= len(d.sql) || d.sql[at] == '-' {
		d.fail()
	}
}

// zeroBound tells whether a bracket may hold a zero.
func zeroBound(text string) bool {
	for {
		_, after, ok := strings.Cut(text, "[")
		if !ok {
			return false
		}
		after = strings.TrimLeft(after, " \t\r\n")
		if after == "" || after[0] != ']' && (after[0] < '1' || after[0] > '9') {
			return true
		}
		text = after
	}
}

func (d *decoder) list(l *layout) []unsafe.Pointer {
	d.want('[')
	if d.is(']') {
		return nil
	}
	base := len(d.lists)
	for d.err == nil {
		m := l.alloc(d)
		d.message(m, l)
		d.lists = append(d.lists, m)
		if d.is(']') {
			break
		}
		d.want(',')
	}
	out := make([]unsafe.Pointer, len(d.lists)-base)
	copy(out, d.lists[base:])
	d.lists = d.lists[:base]
	return out
}

// word reads true, false or a number.
func (d *decoder) word() string {
	start := d.at
	for d.at < len(d.src) {
		switch d.src[d.at] {
		case ',', '}', ']':
			return d.src[start:d.at]
		}
		d.at++
	}
	d.fail()
	return ""
}

func (d *decoder) number(least, most int64) int64 {
	n, err := strconv.ParseInt(d.word(), 10, 64)
	if err != nil || n < least || n > most {
		d.fail()
	}
	return n
}

func (d *decoder) enum(names map[string]int32) int32 {
	d.want('"')
	n := strings.IndexByte(d.src[d.at:], '"')
	if n < 0 {
		d.fail()
		return 0
	}
	v, ok := names[d.src[d.at:d.at+n]]
	if !ok {
		d.fail()
	}
	d.at += n + 1
	return v
}
