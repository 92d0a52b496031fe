package migration

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// What authors of Flyway migrations write, in messages and hints.
const (
	flywayOptOut = "executeInTransaction=false in a file of its name with .conf behind it"
	flywayMix    = "move it into a migration of its own"
)

// flyway reads locations of Flyway: V<version>__<name>.sql in the order of the
// versions, then R__<name>.sql by name, in folders below too; U<version>__<name>.sql
// is the way down. Callbacks stand where they run; beforeEachMigrate and
// afterEachMigrate are part of each migration. B<version>__<name>.sql is read where there is no V file up to
// its version.
//
// A script is one transaction, each of its statements a message, unless one of
// them cannot run in a transaction as far as Flyway knows (see flyway_script.go),
// or <file>.conf says executeInTransaction=false. Of flyway.toml, flyway.conf and
// Spring's application files, mixed, group, executeInTransaction, the names'
// prefixes, separator and suffixes, and the placeholders' marks are followed.
func flyway() Format {
	return Format{
		Name: "flyway", Recursive: true, Detect: detectFlyway, Late: "refuses it without outOfOrder",
		Owns: func(p string) bool { return flywayDefaults.read(path.Base(p)).kind != 0 },
		OwnsIn: func(fsys fs.FS) func(string) bool {
			set := readFlywaySettings(fsys)
			return func(p string) bool { return set.naming().read(path.Base(p)).kind != 0 }
		},
		ReadFile: func(f *File) Migration { return flywayFile(f, flywaySettings{}, nil) },
		Read:     readFlyway,
	}
}

func readFlyway(fsys fs.FS) ([]Migration, error) {
	set := readFlywaySettings(fsys)
	naming := set.naming()
	confs, names := map[string]bool{}, map[string]flywayNamed{} // by path
	paths, err := ownedBelow(fsys, func(p string) bool {
		if strings.HasSuffix(p, ".conf") {
			confs[p] = true
			return false
		}
		n := naming.read(path.Base(p))
		names[p] = n
		return n.kind != 0
	})
	if err != nil {
		return nil, err
	}
	all, err := readAll(fsys, paths, func(f *File) Migration {
		if len(confs) > 0 && confs[f.Path+".conf"] {
			if src, err := fs.ReadFile(fsys, f.Path+".conf"); err == nil {
				return flywayFile(f, set, &File{Path: f.Path + ".conf", Src: src})
			}
		}
		return flywayFile(f, set, nil)
	})
	if err != nil {
		return nil, err
	}
	return orderFlyway(all, names), nil
}

// orderFlyway puts scripts, whose names are taken apart by path, in the order in which
// Flyway runs them.
func orderFlyway(all []Migration, names map[string]flywayNamed) []Migration {
	type place struct {
		order, event, at int // at is an index of all
		version, name    string
	}
	order := map[byte]int{flywayBefore: 0, 'B': 1, 'V': 1, flywayBetween: 2, 'R': 3, flywayAfter: 4}
	var places []place
	var undo []Migration
	first := ""
	for i := range all {
		n := names[all[i].File.Path]
		if n.kind == 'U' {
			undo = append(undo, all[i])
			continue
		}
		if n.kind == 'V' && (first == "" || compareVersions(n.version, first) < 0) {
			first = n.version
		}
		places = append(places, place{order[n.kind], n.event, i, n.version, n.name})
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(a.order-b.order, a.event-b.event, compareVersions(a.version, b.version), strings.Compare(a.name, b.name), a.at-b.at)
	})
	ms := make([]Migration, 0, len(places))
	for _, p := range places {
		if names[all[p.at].File.Path].kind == 'B' && first != "" && compareVersions(first, p.version) <= 0 {
			continue
		}
		ms = append(ms, all[p.at])
	}
	ms = aroundEach(ms, names)
	ms = pairUndo(ms, undo)
	refuseDuplicates(ms, canonicalVersion, "flyway refuses two migrations of one version")
	return ms
}

// aroundEach puts the callbacks of each migration around it: they run in its session,
// and in its transaction where it has one.
func aroundEach(ms []Migration, names map[string]flywayNamed) []Migration {
	var before, after []Section
	var errs []*Error
	rest := make([]Migration, 0, len(ms))
	for _, m := range ms {
		n := names[m.File.Path]
		switch event := flywayEvents[n.event].name; {
		case !n.isCallback() || event != "beforeEachMigrate" && event != "afterEachMigrate":
			rest = append(rest, m)
			continue
		case event == "beforeEachMigrate":
			before = append(before, m.Up...)
		default:
			after = append(after, m.Up...)
		}
		errs = append(errs, m.Errs...)
	}
	if len(before)+len(after) == 0 || len(rest) == 0 {
		return ms
	}
	rest[0].Errs = append(rest[0].Errs, errs...)
	for i := range rest {
		m := &rest[i]
		if n := names[m.File.Path]; n.isCallback() || len(m.Up) != 1 {
			continue
		}
		all := slices.Concat(before, m.Up, after)
		for k := range all {
			all[k].Run.Wrap, all[k].Run.Continues = m.Up[0].Run.Wrap, k > 0
		}
		m.Up = all
	}
	return rest
}

// pairUndo makes undo migrations the way down of those that they undo.
func pairUndo(ms, undo []Migration) []Migration {
	for _, u := range undo {
		i := slices.IndexFunc(ms, func(m Migration) bool {
			return m.Version != "" && canonicalVersion(m.Version) == canonicalVersion(u.Version)
		})
		if i < 0 {
			ms = append(ms, u)
			continue
		}
		ms[i].Down, ms[i].Errs = append(ms[i].Down, u.Down...), append(ms[i].Errs, u.Errs...)
	}
	return ms
}

// compareVersions orders dotted versions part by part as numbers.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareNumbers(cmp.Or(x, "0"), cmp.Or(y, "0")); c != 0 {
			return c
		}
	}
	return 0
}

// canonicalVersion makes equal versions equal strings: 1.0 is 1, 01 is 1.
func canonicalVersion(v string) string {
	if strings.IndexByte(v, '.') < 0 {
		return number(v)
	}
	parts := strings.Split(v, ".")
	for i := range parts {
		parts[i] = number(parts[i])
	}
	for len(parts) > 1 && parts[len(parts)-1] == "0" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ".")
}

func flywayFile(f *File, set flywaySettings, conf *File) Migration {
	n := set.naming().read(f.base())
	m := Migration{File: f, Version: n.version, Name: n.name}
	if n.kind == 0 {
		_, m.Name, _ = plainName(f.base())
	}
	var said *bool // executeInTransaction in the script's own configuration
	if conf != nil {
		said = m.flywayConf(conf, &set)
	}
	s := f.each(Run{Wrap: WrapFile, OptOut: flywayOptOut})
	if set.group {
		s.Run.Wrap = WrapAll
	}
	if set.open == "" {
		set.open, set.closing = "${", "}"
	}
	if !set.literal {
		s = s.masked(between(set.open, set.closing))
	}
	if !n.isCallback() { // those run before the lock is taken or after it is given up
		s.Run.Snapshot = set.snapshot
	}
	outside := m.flywayOutside(s, set.mixed || said != nil)
	if said != nil && !*said || said == nil && (outside || set.noTransaction) {
		s.Run.Wrap = WrapNone
	}
	m.put(s, n.kind == 'U')
	return m
}

// flywayConf reads <file>.sql.conf.
func (m *Migration) flywayConf(conf *File, set *flywaySettings) (executeInTransaction *bool) {
	for off := 0; off < len(conf.Src); {
		line, next := cutLine(conf.Src, off)
		at := Span{off, off + len(line)}
		off = next
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' || text[0] == '!' {
			continue
		}
		key, value, _ := strings.Cut(text, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "executeInTransaction":
			yes := strings.EqualFold(value, "true")
			executeInTransaction = &yes
		case "placeholderReplacement":
			set.literal = strings.EqualFold(value, "false")
		case "encoding", "shouldExecute":
		default:
			m.Errs = append(m.Errs, &Error{File: conf, Span: at, Msg: fmt.Sprintf("flyway refuses the key %q in a script's configuration", strings.TrimSpace(key)),
				Hint: "it takes executeInTransaction, encoding, placeholderReplacement and shouldExecute"})
		}
	}
	return executeInTransaction
}
