package migration

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
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
// is the way down. beforeMigrate and beforeEachMigrate callbacks come first, the
// after ones last. B<version>__<name>.sql is read where there is no V file up to
// its version.
//
// A script is one transaction, each of its statements a message, unless one of
// them cannot run in a transaction as far as Flyway knows (see flyway_script.go),
// or <file>.conf says executeInTransaction=false. Of flyway.toml, flyway.conf and
// Spring's application files, mixed, group, executeInTransaction and the
// placeholders' marks are followed; names with other prefixes are not.
func flyway() Format {
	return Format{
		Name: "flyway", Recursive: true, Detect: detectFlyway, Late: "refuses it without outOfOrder",
		Owns:     func(p string) bool { return flywayName(path.Base(p)).kind != 0 },
		ReadFile: func(f *File) Migration { return flywayFile(f, flywaySettings{}, nil) },
		Read:     readFlyway,
	}
}

// flywayNamed is a file name taken apart; kind is V, R, U, B, < for callbacks that
// come first, > for those that come last, or 0.
type flywayNamed struct {
	kind          byte
	version, name string
}

var (
	flywayVersioned = regexp.MustCompile(`^([VUB])([0-9]+(?:[._][0-9]+)*)(?:__(.*))?$`)
	flywayCallback  = regexp.MustCompile(`^(before|after)(Each)?(Migrate|Versioned|Repeatables|Connect)(Statement)?(Error)?(__.*)?$`)
)

func flywayName(base string) flywayNamed {
	if !ownsPlain(base) {
		return flywayNamed{}
	}
	base = base[:len(base)-len(".sql")]
	if m := flywayVersioned.FindStringSubmatch(base); m != nil {
		return flywayNamed{m[1][0], strings.ReplaceAll(m[2], "_", "."), strings.ReplaceAll(m[3], "_", " ")}
	}
	if name, ok := strings.CutPrefix(base, "R__"); ok {
		return flywayNamed{'R', "", strings.ReplaceAll(name, "_", " ")}
	}
	if m := flywayCallback.FindStringSubmatch(base); m != nil {
		if m[1] == "before" {
			return flywayNamed{'<', "", base}
		}
		return flywayNamed{'>', "", base}
	}
	return flywayNamed{}
}

func readFlyway(fsys fs.FS) ([]Migration, error) {
	set := readFlywaySettings(fsys)
	confs, kinds := map[string]bool{}, map[string]byte{} // by path
	names, err := ownedBelow(fsys, func(p string) bool {
		confs[p] = strings.HasSuffix(p, ".conf")
		kinds[p] = flywayName(path.Base(p)).kind
		return kinds[p] != 0
	})
	if err != nil {
		return nil, err
	}
	all, err := readAll(fsys, names, func(f *File) Migration {
		if confs[f.Path+".conf"] {
			if src, err := fs.ReadFile(fsys, f.Path+".conf"); err == nil {
				return flywayFile(f, set, &File{Path: f.Path + ".conf", Src: src})
			}
		}
		return flywayFile(f, set, nil)
	})
	if err != nil {
		return nil, err
	}
	kind := func(m *Migration) byte { return kinds[m.File.Path] }
	var ms, undo []Migration
	first := ""
	for i := range all {
		if k := kind(&all[i]); k == 'V' && (first == "" || compareVersions(all[i].Version, first) < 0) {
			first = all[i].Version
		}
	}
	for _, m := range all {
		switch k := kind(&m); {
		case k == 'U':
			undo = append(undo, m)
		case k == 'B' && first != "" && compareVersions(first, m.Version) <= 0:
		default:
			ms = append(ms, m)
		}
	}
	order := map[byte]int{'<': 0, 'B': 1, 'V': 1, 'R': 2, '>': 3}
	slices.SortStableFunc(ms, func(a, b Migration) int {
		return cmp.Or(order[kind(&a)]-order[kind(&b)], compareVersions(a.Version, b.Version), strings.Compare(a.Name, b.Name))
	})
	ms = pairUndo(ms, undo)
	refuseDuplicates(ms, canonicalVersion, "flyway refuses two migrations of one version")
	return ms, nil
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
	n := flywayName(f.base())
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
