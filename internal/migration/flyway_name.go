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

// flywayNamed is a file name taken apart; kind is V, R, U, B, < for callbacks that
// come first, > for those that come last, or 0.
type flywayNamed struct {
	kind          byte
	version, name string
}

// flywayCallbacks are the events of a migration, of those that come first and of
// those that come last. The longest that fits a name counts.
var flywayCallbacks = map[byte][]string{
	'<': {
		"beforeConnect", "afterConnect", "beforeCreateSchema", "createSchema", "beforeValidate", "afterValidate",
		"beforeMigrate", "beforeEachMigrate", "beforeEachMigrateStatement",
	},
	'>': {
		"beforeRepeatables", "afterVersioned", "afterEachMigrate", "afterEachMigrateError", "afterEachMigrateStatement", "afterEachMigrateStatementError",
		"afterMigrate", "afterMigrateApplied", "afterMigrateError", "afterMigrateOperationFinish",
	},
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
	kind, prefix := n.prefix(stem)
	if kind == 0 {
		return flywayNamed{}
	}
	version, name, _ := strings.Cut(stem[len(prefix):], n.separator)
	switch kind {
	case '<', '>':
		if version != "" {
			return flywayNamed{}
		}
		return flywayNamed{kind, "", stem}
	case 'R':
		if version != "" {
			return flywayNamed{}
		}
		return flywayNamed{kind, "", strings.ReplaceAll(name, "_", " ")}
	}
	version = strings.ReplaceAll(version, "_", ".")
	if !isDotted(version) {
		return flywayNamed{}
	}
	return flywayNamed{kind, version, strings.ReplaceAll(name, "_", " ")}
}

// prefix finds the longest prefix of a name.
func (n *flywayNames) prefix(stem string) (kind byte, prefix string) {
	try := func(k byte, p string) {
		if p != "" && strings.HasPrefix(stem, p) && len(p) > len(prefix) {
			kind, prefix = k, p
		}
	}
	try('V', n.versioned)
	try('R', n.repeatable)
	try('U', n.undo)
	try('B', n.baseline)
	if stem[0] == 'b' || stem[0] == 'a' || stem[0] == 'c' {
		for k, events := range flywayCallbacks {
			for _, event := range events {
				try(k, event)
			}
		}
	}
	return kind, prefix
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
