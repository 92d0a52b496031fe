package pgsql

import (
	"reflect"
	"strings"
	"sync"
	"unsafe"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// layout says where the fields of a message type lie; it is made from the Go
// type and its protobuf tags when the type is first met.
type layout struct {
	typ     reflect.Type
	fields  []field
	keys    map[string]*field // where they are many
	node    bool              // it is Node, which comes in cells
	integer bool              // it is Integer: see decoder.empty

	// For Walk: the first word of an interface value that holds a pointer to the
	// type, the fields that may hold messages (of a oneof the first), and the arms
	// of oneofs by their itab.
	pointer unsafe.Pointer
	below   []*field
	arms    map[unsafe.Pointer]*field
}

type fieldKind uint8

const (
	kindNone fieldKind = iota
	kindString
	kindBool
	kindEnum
	kindInt32
	kindUint32
	kindInt64
	kindMessage
	kindList // of messages
	kindArm  // of a oneof
)

type field struct {
	key    string
	kind   fieldKind
	offset uintptr
	names  map[string]int32 // kindEnum
	typ    reflect.Type     // the message's
	once   *sync.Once
	layout *layout

	// kindArm: the first word of the interface value, and how far behind the
	// interface the place for the wrapper is; 0: it needs one of its own.
	itab unsafe.Pointer
	arm  uintptr
}

// of gives the layout of the field's messages.
func (f *field) of() *layout {
	f.once.Do(func() { f.layout = layoutOf(f.typ) })
	return f.layout
}

var (
	treeLayout = sync.OnceValue(func() *layout { return layoutOf(reflect.TypeFor[pg_query.ParseResult]()) })
	nodeLayout = sync.OnceValue(func() *layout { return layoutOf(reflect.TypeFor[pg_query.Node]()) })
)

var layouts sync.Map // reflect.Type → *layout

func layoutOf(t reflect.Type) *layout {
	if l, ok := layouts.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{typ: t, node: t == reflect.TypeFor[pg_query.Node](), integer: t == reflect.TypeFor[pg_query.Integer]()}
	for sf := range fieldsOf(t) {
		if sf.Tag.Get("protobuf_oneof") != "" {
			l.fields = append(l.fields, arms(t, sf)...)
		} else if tag := sf.Tag.Get("protobuf"); tag != "" {
			l.fields = append(l.fields, plainField(sf, tag))
		}
	}
	if l.node {
		l.keys = make(map[string]*field, len(l.fields))
		for i := range l.fields {
			l.keys[l.fields[i].key] = &l.fields[i]
		}
	}
	l.forWalk()
	got, _ := layouts.LoadOrStore(t, l)
	return got.(*layout)
}

func (l *layout) forWalk() {
	held := reflect.Zero(reflect.PointerTo(l.typ)).Interface()
	l.pointer = (*[2]unsafe.Pointer)(unsafe.Pointer(&held))[0]
	for i := range l.fields {
		f := &l.fields[i]
		switch f.kind {
		case kindMessage, kindList:
			l.below = append(l.below, f)
		case kindArm:
			if n := len(l.below); n == 0 || l.below[n-1].kind != kindArm || l.below[n-1].offset != f.offset {
				l.below = append(l.below, f)
			}
			if l.arms == nil {
				l.arms = map[unsafe.Pointer]*field{}
			}
			l.arms[f.itab] = f
		}
	}
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// jsonKey is the key under which the parser writes a field.
func jsonKey(tag string) string {
	key := ""
	for part := range strings.SplitSeq(tag, ",") {
		if name, ok := strings.CutPrefix(part, "name="); ok {
			key = name
		}
		if name, ok := strings.CutPrefix(part, "json="); ok {
			return name
		}
	}
	return key
}

func plainField(sf reflect.StructField, tag string) field {
	f := field{key: jsonKey(tag), offset: sf.Offset}
	t := sf.Type
	switch {
	case strings.Contains(tag, ",enum="):
		f.kind, f.names = kindEnum, enumNames(t)
	case t.Kind() == reflect.String:
		f.kind = kindString
	case t.Kind() == reflect.Bool:
		f.kind = kindBool
	case t.Kind() == reflect.Int32:
		f.kind = kindInt32
	case t.Kind() == reflect.Uint32:
		f.kind = kindUint32
	case t.Kind() == reflect.Int64:
		f.kind = kindInt64
	case t.Kind() == reflect.Pointer:
		f.kind, f.typ, f.once = kindMessage, t.Elem(), new(sync.Once)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Pointer:
		f.kind, f.typ, f.once = kindList, t.Elem().Elem(), new(sync.Once)
	}
	return f
}

func enumNames(t reflect.Type) map[string]int32 {
	values := reflect.Zero(t).Interface().(protoreflect.Enum).Descriptor().Values()
	names := make(map[string]int32, values.Len())
	for i := range values.Len() {
		names[string(values.Get(i).Name())] = int32(values.Get(i).Number())
	}
	return names
}

// arms gives a field for each type that a oneof may hold.
func arms(t reflect.Type, sf reflect.StructField) []field {
	zero := reflect.New(t).Interface().(proto.Message).ProtoReflect()
	oneof := zero.Descriptor().Oneofs().ByName(protoreflect.Name(sf.Tag.Get("protobuf_oneof"))).Fields()
	var out []field
	for i := range oneof.Len() {
		m := zero.New()
		m.Set(oneof.Get(i), m.NewField(oneof.Get(i)))
		held := reflect.ValueOf(m.Interface()).Elem().FieldByIndex(sf.Index)
		wrapper := held.Elem().Type().Elem().Field(0) // of *Node_SelectStmt
		f := field{
			key: jsonKey(wrapper.Tag.Get("protobuf")), kind: kindArm, offset: sf.Offset,
			typ: wrapper.Type.Elem(), once: new(sync.Once),
			itab: *(*unsafe.Pointer)(held.Addr().UnsafePointer()),
		}
		if t == reflect.TypeFor[pg_query.Node]() {
			f.arm = unsafe.Offsetof(cell{}.arm) - sf.Offset
		}
		out = append(out, f)
	}
	return out
}

// field finds a key, from the field after the last one on.
func (l *layout) field(key string, next *int) *field {
	if l.keys != nil {
		return l.keys[key]
	}
	for n := range l.fields {
		i := *next + n
		if i >= len(l.fields) {
			i -= len(l.fields)
		}
		if l.fields[i].key == key {
			*next = i + 1
			if *next == len(l.fields) {
				*next = 0
			}
			return &l.fields[i]
		}
	}
	return nil
}

// alloc gives a new message.
func (l *layout) alloc(d *decoder) unsafe.Pointer {
	if !l.node {
		return reflect.New(l.typ).UnsafePointer()
	}
	if len(d.cells) == 0 {
		d.cells = make([]cell, 32)
	}
	c := &d.cells[0]
	d.cells = d.cells[1:]
	return unsafe.Pointer(&c.node)
}
