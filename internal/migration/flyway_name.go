package migration

import "strings"

// flywayNames is how a project of Flyway names its scripts.
type flywayNames struct {
	versioned, repeatable, undo, baseline string // what names begin with
	separator                             string
	suffixes                              []string
}

// flywayDefaults are the names where no configuration says otherwise.
var flywayDefaults = flywayNames{versioned: "V", repeatable: "R", undo: "U", baseline: "B", separator: "__", suffixes: []string{".sql"}}

// flywayNamed is a file name taken apart; kind is V, R, U, B, that of a callback, or 0.
type flywayNamed struct {
	kind          byte
	version, name string
	event         int // of a callback: its place among flywayEvents
}

// Kinds of callbacks: before the migrations, between versioned and repeatable ones, after them.
const (
	flywayBefore  = '<'
	flywayBetween = '|'
	flywayAfter   = '>'
)

// flywayEvents are what callbacks of a migration are named for, in the order in which
// they come. Those of each migration stand where they come first.
var flywayEvents = []struct {
	kind byte
	name string
}{
	{flywayBefore, "beforeConnect"}, {flywayBefore, "afterConnect"}, {flywayBefore, "beforeCreateSchema"}, {flywayBefore, "createSchema"},
	{flywayBefore, "beforeValidate"}, {flywayBefore, "afterValidate"}, {flywayBefore, "beforeMigrate"},
	{flywayBefore, "beforeEachMigrate"}, {flywayBefore, "beforeEachMigrateStatement"},
	{flywayBetween, "afterEachMigrateStatement"}, {flywayBetween, "afterEachMigrate"}, {flywayBetween, "afterVersioned"}, {flywayBetween, "beforeRepeatables"},
	{flywayAfter, "afterMigrateApplied"}, {flywayAfter, "afterMigrate"}, {flywayAfter, "afterMigrateOperationFinish"},
	{flywayAfter, "afterEachMigrateStatementError"}, {flywayAfter, "afterEachMigrateError"}, {flywayAfter, "afterMigrateError"},
}

// isCallback tells whether the script is run at an event.
func (n *flywayNamed) isCallback() bool {
	return n.kind == flywayBefore || n.kind == flywayBetween || n.kind == flywayAfter
}

// read takes the base name of a file apart, as ResourceNameParser of Flyway does: the
// suffix goes, the longest prefix that fits counts, and of what is left the first
// separator parts version and description. A callback and a repeatable migration
// have no version, the others must have one.
func (n *flywayNames) read(base string) flywayNamed {
	stem, ok := base, false
	for _, suffix := range n.suffixes {
		if cut := len(base) - len(suffix); cut > 0 && strings.EqualFold(base[cut:], suffix) {
			stem, ok = base[:cut], true
			break
		}
	}
	if !ok {
		return flywayNamed{}
	}
	out, prefix := n.prefix(stem)
	version, name, _ := strings.Cut(stem[len(prefix):], n.separator)
	switch out.name = strings.ReplaceAll(name, "_", " "); {
	case out.isCallback():
		out.name = stem
	case out.kind == 'R':
	default:
		if out.version, version = strings.ReplaceAll(version, "_", "."), ""; !isDotted(out.version) {
			return flywayNamed{}
		}
	}
	if out.kind == 0 || version != "" {
		return flywayNamed{}
	}
	return out
}

// prefix finds the longest prefix of a name, and what kind of script has it.
func (n *flywayNames) prefix(stem string) (of flywayNamed, prefix string) {
	try := func(kind byte, p string, event int) {
		if p != "" && strings.HasPrefix(stem, p) && len(p) > len(prefix) {
			of, prefix = flywayNamed{kind: kind, event: event}, p
		}
	}
	try('V', n.versioned, 0)
	try('R', n.repeatable, 0)
	try('U', n.undo, 0)
	try('B', n.baseline, 0)
	if stem[0] == 'b' || stem[0] == 'a' || stem[0] == 'c' {
		for i, e := range flywayEvents {
			try(e.kind, e.name, i)
		}
	}
	return of, prefix
}

// isDotted tells whether a version is numbers with dots between them.
func isDotted(version string) bool {
	digit := false
	for i := 0; i < len(version); i++ {
		switch b := version[i]; {
		case '0' <= b && b <= '9':
			digit = true
		case b == '.' && digit:
			digit = false
		default:
			return false
		}
	}
	return digit
}
