package pgsql

import (
	"reflect"
	"sync"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Walk calls fn for every node of a tree, parents first, in the order of the
// fields. Where fn gives false, it does not go deeper. Messages that stand in
// the tree without a Node around them (AlterTableStmt.Relation, SelectStmt.Larg)
// are shown in a Node made for the call, so that fn sees all of them alike.
func Walk(m proto.Message, fn func(*pg_query.Node) bool) {
	if m != nil {
		walk(reflect.ValueOf(m), fn)
	}
}

var (
	nodeType = reflect.TypeFor[*pg_query.Node]()
	msgType  = reflect.TypeFor[proto.Message]()
	plans    sync.Map // reflect.Type of a message struct -> []int, its fields that may hold nodes
	wrappers = sync.OnceValue(func() map[reflect.Type]protoreflect.FieldNumber {
		byMessage := map[reflect.Type]protoreflect.FieldNumber{}
		fields := (&pg_query.Node{}).ProtoReflect().Descriptor().Fields()
		n := (&pg_query.Node{}).ProtoReflect()
		for i := range fields.Len() {
			f := fields.Get(i)
			byMessage[reflect.TypeOf(n.NewField(f).Message().Interface())] = f.Number()
		}
		return byMessage
	})
)

// walk visits v, a pointer to a message.
func walk(v reflect.Value, fn func(*pg_query.Node) bool) {
	if v.IsNil() {
		return
	}
	if v.Type() == nodeType {
		arm := v.Elem().FieldByName("Node")
		if arm.IsNil() || !fn(v.Interface().(*pg_query.Node)) {
			return
		}
		if inner := arm.Elem().Elem().Field(0); !inner.IsNil() {
			fields(inner, fn)
		}
		return
	}
	if number, ok := wrappers()[v.Type()]; ok {
		n := &pg_query.Node{}
		r := n.ProtoReflect()
		f := r.Descriptor().Fields().ByNumber(number)
		r.Set(f, protoreflect.ValueOfMessage(v.Interface().(proto.Message).ProtoReflect()))
		if !fn(n) {
			return
		}
	}
	fields(v, fn)
}

// fields walks what the message at v holds.
func fields(v reflect.Value, fn func(*pg_query.Node) bool) {
	v = v.Elem()
	t := v.Type()
	plan, ok := plans.Load(t)
	if !ok {
		var idx []int
		for i := range t.NumField() {
			ft := t.Field(i).Type
			if ft.Kind() == reflect.Slice {
				ft = ft.Elem()
			}
			if t.Field(i).IsExported() && (ft.Kind() == reflect.Interface || ft.Kind() == reflect.Pointer && ft.Implements(msgType)) {
				idx = append(idx, i)
			}
		}
		plan, _ = plans.LoadOrStore(t, idx)
	}
	for _, i := range plan.([]int) {
		f := v.Field(i)
		switch f.Kind() {
		case reflect.Slice:
			for j := range f.Len() {
				walk(f.Index(j), fn)
			}
		case reflect.Interface: // a oneof, as in A_Const
			if !f.IsNil() {
				if inner := f.Elem().Elem().Field(0); inner.Kind() == reflect.Pointer {
					walk(inner, fn)
				}
			}
		default:
			walk(f, fn)
		}
	}
}
