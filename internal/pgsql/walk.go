package pgsql

import (
	"reflect"
	"unsafe"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// Walk visits a parse tree's messages depth first, in the order of their fields:
// visit gets *pg_query.RangeVar, *pg_query.FuncCall and so on, never the
// *pg_query.Node around them, and says whether to go on below. The tree is a
// message, a *pg_query.Node or a slice of them; nil has nothing.
func Walk(tree any, visit func(node any) bool) {
	switch t := tree.(type) {
	case nil:
	case *pg_query.Node:
		nodeLayout().walk(unsafe.Pointer(t), visit)
	case []*pg_query.Node:
		for _, n := range t {
			nodeLayout().walk(unsafe.Pointer(n), visit)
		}
	default:
		v := reflect.ValueOf(tree)
		if v.Kind() == reflect.Slice {
			for i := range v.Len() {
				Walk(v.Index(i).Interface(), visit)
			}
			return
		}
		layoutOf(v.Type().Elem()).walk(v.UnsafePointer(), visit)
	}
}

func (l *layout) walk(p unsafe.Pointer, visit func(any) bool) {
	if p == nil {
		return
	}
	if !l.node {
		var node any
		*(*[2]unsafe.Pointer)(unsafe.Pointer(&node)) = [2]unsafe.Pointer{l.pointer, p}
		if !visit(node) {
			return
		}
	}
	for _, f := range l.below {
		at := unsafe.Add(p, f.offset)
		switch f.kind {
		case kindMessage:
			f.of().walk(*(*unsafe.Pointer)(at), visit)
		case kindList:
			for _, m := range *(*[]unsafe.Pointer)(at) {
				f.of().walk(m, visit)
			}
		case kindArm: // of the one that is there
			held := *(*[2]unsafe.Pointer)(at)
			if arm := l.arms[held[0]]; arm != nil {
				arm.of().walk(*(*unsafe.Pointer)(held[1]), visit)
			}
		}
	}
}
