package migration

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// flywaySettings is what configuration files say for all scripts.
type flywaySettings struct {
	mixed, group, noTransaction bool
	literal                     bool // placeholders are not replaced
	open, closing               string
	at                          string // the file
	snapshot                    string // see Run.Snapshot
	names                       *flywayNames
}

// naming is how scripts are named.
func (s *flywaySettings) naming() *flywayNames {
	if s.names == nil {
		return &flywayDefaults
	}
	return s.names
}

var flywayFiles = []string{"flyway.toml", "flyway.conf", "conf/flyway.toml", "conf/flyway.conf", "application.properties", "application.yml", "application.yaml"}

// flywayConf is the nearest of the configuration files.
func flywayConf(fsys fs.FS) (found, bool) {
	f, ok := above(fsys, flywayFiles...)
	if ok && strings.HasPrefix(path.Base(f.at), "application") && !bytes.Contains(f.src, []byte("flyway")) {
		return above(fsys, flywayFiles[:4]...) // of a program that does without
	}
	return f, ok
}

func readFlywaySettings(fsys fs.FS) (s flywaySettings) {
	s.snapshot = flywaySnapshot(fsys)
	f, ok := flywayConf(fsys)
	if !ok {
		return s
	}
	s.at = f.at
	get := func(key string) (string, bool) {
		dashed := regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(key, func(c string) string { return "-" + strings.ToLower(c) })
		return setting(f.src, "flyway."+key, "spring.flyway."+key, "spring.flyway."+dashed, dashed, key)
	}
	is := func(key, value string) bool { v, _ := get(key); return strings.EqualFold(v, value) }
	s.mixed, s.group = is("mixed", "true"), is("group", "true")
	s.noTransaction = is("executeInTransaction", "false")
	s.literal = is("placeholderReplacement", "false")
	s.open, _ = get("placeholderPrefix")
	s.closing, _ = get("placeholderSuffix")
	names := flywayDefaults
	for key, to := range map[string]*string{"sqlMigrationPrefix": &names.versioned, "repeatableSqlMigrationPrefix": &names.repeatable,
		"undoSqlMigrationPrefix": &names.undo, "baselineMigrationPrefix": &names.baseline, "sqlMigrationSeparator": &names.separator} {
		if v, _ := get(key); v != "" {
			*to = v
		}
	}
	if v, _ := get("sqlMigrationSuffixes"); v != "" {
		names.suffixes = listOf(v)
	}
	s.names = &names
	if s.open == "" {
		s.open = "${"
	}
	if s.closing == "" {
		s.closing = "}"
	}
	return s
}

// listOf takes apart what settings have for a list: a,b or ["a", "b"].
func listOf(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(`[]", '`, r) })
}

// Flyway's words for holding its lock without a transaction.
const (
	flywayLockOff       = "flyway.postgresql.transactional.lock=false in flyway.conf"
	flywayLockOffTOML   = "postgresql.transactional.lock = false below [flyway] in flyway.toml"
	flywayLockOffSpring = "spring.flyway.postgresql.transactional-lock=false in application.properties"
)

// flywayBuild are the files that may say which Flyway runs, and with which settings.
var flywayBuild = []string{"pom.xml", "build.gradle", "build.gradle.kts", "gradle.properties", "gradle/libs.versions.toml"}

// flywayStarts are the files that may start Flyway with settings of their own.
var flywayStarts = []string{".env", "Makefile", "Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml"}

var (
	flywayLockIsOff   = regexp.MustCompile(`(?i)transactional[\W_]{0,20}lock[\W_]{0,8}false`)
	flywayVersion     = regexp.MustCompile(`(?i)flyway[^0-9\n]*(?:\n\s*<version>)?([0-9]+)\.([0-9]+)`)
	springBootVersion = regexp.MustCompile(`(?i)(?:spring-boot-starter-parent|org\.springframework\.boot|spring-?boot)[^0-9\n]*(?:\n\s*<version>)?([0-9]+)\.[0-9]+\.[0-9]`)
)

// flywaySnapshot is Run.Snapshot of a project. From 9.1 on Flyway holds its advisory
// lock in a transaction of a second connection, where the last query that it made
// keeps its snapshot, unless a setting gives the lock to the session; 7.15 and 9.0
// were seen not to, 9.1.1 to 13.12 to do so. Which version it is the build file tells,
// or the one of Spring Boot: 3.0 was the first that came with Flyway 9.
func flywaySnapshot(fsys fs.FS) string {
	for _, names := range [][]string{flywayFiles, flywayBuild, flywayStarts} {
		for _, name := range names {
			if f, ok := above(fsys, name); ok && flywayLockIsOff.Match(f.src) {
				return ""
			}
		}
	}
	for _, name := range flywayBuild {
		f, ok := above(fsys, name)
		if !ok {
			continue
		}
		if m := flywayVersion.FindSubmatch(f.src); m != nil {
			major, _ := strconv.Atoi(string(m[1]))
			if major < 9 || major == 9 && string(m[2]) == "0" {
				return ""
			}
			break
		}
		if m := springBootVersion.FindSubmatch(f.src); m != nil && len(m[1]) == 1 && m[1][0] < '3' {
			return ""
		}
	}
	f, _ := above(fsys, flywayFiles...)
	switch {
	case strings.HasSuffix(f.at, "flyway.toml"):
		return flywayLockOffTOML
	case strings.HasPrefix(path.Base(f.at), "application"):
		return flywayLockOffSpring
	}
	return flywayLockOff
}
