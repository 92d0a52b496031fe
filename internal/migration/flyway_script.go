package migration

import (
	"io/fs"
	"path"
	"strings"
)

// flywayAlone are the beginnings that PostgreSQLParser of Flyway takes for statements
// which cannot run in a transaction, over the statement's words in upper case.
// REINDEX … CONCURRENTLY and DETACH PARTITION … CONCURRENTLY are not among them.
var flywayAlone = []string{
	"CREATE DATABASE", "CREATE TABLESPACE", "CREATE SUBSCRIPTION", "CREATE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY",
	"DROP DATABASE", "DROP TABLESPACE", "DROP SUBSCRIPTION", "DROP INDEX CONCURRENTLY", "DROP UNIQUE INDEX CONCURRENTLY", "ALTER SYSTEM",
	"REINDEX SCHEMA", "REINDEX DATABASE", "REINDEX SYSTEM", "REINDEX VERBOSE SCHEMA", "REINDEX VERBOSE DATABASE", "REINDEX VERBOSE SYSTEM",
	"VACUUM", "DISCARD ALL",
}

// isFlywayAlone tells whether the words are one of flywayAlone, or begin with one.
func isFlywayAlone(words []byte) bool {
	for _, alone := range flywayAlone {
		if len(words) >= len(alone) && string(words[:len(alone)]) == alone && (len(words) == len(alone) || words[len(alone)] == ' ') {
			return true
		}
	}
	return false
}

// flywayOutside tells whether Flyway runs a script outside a transaction because of
// what is in it. It refuses one that mixes, unless that is allowed.
func (m *Migration) flywayOutside(s Section, mixed bool) bool {
	var out, in Span
	found, other := false, false
	statements(s.Text, 5, func(words []byte, at Span) {
		if isFlywayAlone(words) {
			if !found {
				out = at
			}
			found = true
		} else if !other {
			in, other = at, true
		}
	})
	if found && other && !mixed {
		// The second kind that comes is the one that Flyway points at.
		at := s.Map.Span(in)
		if out.Start > in.Start {
			at = s.Map.Span(out)
		}
		m.refuse(at, "flyway refuses a script in which some statements can run in a transaction and some cannot", flywayMix)
	}
	return found
}

func detectFlyway(fsys fs.FS) (int, string) {
	conf, ok := flywayConf(fsys)
	names := &flywayDefaults
	if ok {
		set := readFlywaySettings(fsys)
		names = set.naming()
	}
	isVersion := func(name string) bool { k := names.read(name); return (k.kind == 'V' || k.kind == 'B') && k.name != "" }
	located := ok && flywayLocation(fsys, conf)
	name := firstNamed(fsys, isVersion)
	if name == "" {
		if !stands(fsys, "db", "migration") && !located {
			return 0, ""
		}
		below, _ := ownedBelow(fsys, func(p string) bool { return isVersion(path.Base(p)) })
		if len(below) == 0 {
			return 0, ""
		}
		name = below[0]
	}
	switch {
	case ok && (located || !strings.HasPrefix(path.Base(conf.at), "application")):
		return 96, conf.at + ", " + name
	case stands(fsys, "db", "migration"):
		return 93, "db/migration, " + name
	}
	for _, build := range []string{"pom.xml", "build.gradle", "build.gradle.kts"} {
		if aboveMentions(fsys, build, "flyway") {
			return 93, "flyway in " + build + ", " + name
		}
	}
	return 82, name
}

// flywayLocation tells whether the configuration names the directory.
func flywayLocation(fsys fs.FS, conf found) bool {
	locations, _ := setting(conf.src, "flyway.locations", "spring.flyway.locations", "locations")
	for _, l := range listOf(strings.ReplaceAll(locations, "`", "")) {
		l = strings.TrimPrefix(strings.TrimPrefix(l, "filesystem:"), "classpath:")
		l = strings.ReplaceAll(l, "{vendor}", "postgresql") // Spring's
		if l = strings.Trim(strings.TrimPrefix(l, "./"), "/"); l != "" && strings.HasSuffix("/"+where(fsys), "/"+l) {
			return true
		}
	}
	return false
}
