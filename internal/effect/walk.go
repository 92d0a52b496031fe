package effect

import (
	"reflect"
	"sync"
)

// walk visits a parse tree's messages depth first, in the order of their
// fields: visit gets *pg_query.RangeVar, *pg_query.FuncCall and so on, never
// the *pg_query.Node around them, and says whether to go on below.
func walk(tree any, visit func(node any) bool) {
	walkValue(reflect.ValueOf(tree), visit)
}

func walkValue(v reflect.Value, visit func(any) bool) {
	switch v.Kind() {
	case reflect.Interface: // the oneof of a Node
		if !v.IsNil() {
			walkValue(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(v.Index(i), visit)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct {
			return
		}
		p := planOf(v.Elem().Type())
		if p.message && !visit(v.Interface()) {
			return
		}
		for _, i := range p.fields {
			walkValue(v.Elem().Field(i), visit)
		}
	}
}

// plan is what a walk needs to know of a struct type.
type plan struct {
	message bool  // a message of its own, not Node nor a oneof's wrapper
	fields  []int // the fields that hold messages
}

var plans sync.Map // reflect.Type → plan

func planOf(t reflect.Type) plan {
	if p, ok := plans.Load(t); ok {
		return p.(plan)
	}
	var p plan
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			p.message = true // generated messages carry unexported state, wrappers do not
			continue
		}
		switch k := f.Type.Kind(); {
		case k == reflect.Interface, k == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct,
			k == reflect.Slice && f.Type.Elem().Kind() == reflect.Pointer:
			p.fields = append(p.fields, i)
		}
	}
	p.message = p.message && t.Name() != "Node"
	plans.Store(t, p)
	return p
}
