package migration

import (
	"testing"
	"testing/fstest"
)

// TestFlywaySnapshot: where Flyway is told to hold its lock without a transaction, and
// which versions never held it in one. The conformance module has Flyway's own answer.
func TestFlywaySnapshot(t *testing.T) {
	const sql = "src/main/resources/db/migration"
	for _, tt := range []struct{ name, text, want string }{
		{"x", "", flywayLockOff},
		{"flyway.conf", "flyway.mixed=true\n", flywayLockOff},
		{"flyway.conf", "flyway.postgresql.transactional.lock=false\n", ""},
		{"flyway.conf", "flyway.postgresql.transactional.lock=true\n", flywayLockOff},
		{"flyway.toml", "[flyway]\nmixed = true\n", flywayLockOffTOML},
		{"flyway.toml", "[flyway]\npostgresql.transactional.lock = false\n", ""},
		{"flyway.toml", "[flyway.postgresql]\ntransactional.lock = false\n", ""},
		{"src/main/resources/application.properties", "spring.flyway.postgresql.transactional-lock=false\n", ""},
		{"src/main/resources/application.properties", "spring.flyway.enabled=true\n", flywayLockOffSpring},
		{"src/main/resources/application.yml", "spring:\n  flyway:\n    postgresql:\n      transactional-lock: false\n", ""},
		{"build.gradle", `flyway { pluginConfiguration = [postgresqlTransactionalLock: 'false'] }`, ""},
		{"compose.yaml", "environment:\n  FLYWAY_POSTGRESQL_TRANSACTIONAL_LOCK: \"false\"\n", ""},
		{"pom.xml", "<flyway.postgresql.transactional.lock>false</flyway.postgresql.transactional.lock>", ""},
		{"pom.xml", "<artifactId>flyway-core</artifactId>\n  <version>7.15.0</version>", ""},
		{"pom.xml", "<artifactId>flyway-core</artifactId>\n  <version>9.0.4</version>", ""},
		{"pom.xml", "<artifactId>flyway-core</artifactId>\n  <version>9.1.1</version>", flywayLockOff},
		{"pom.xml", "<artifactId>flyway-core</artifactId>\n  <version>11.8.2</version>", flywayLockOff},
		{"pom.xml", "<artifactId>spring-boot-starter-parent</artifactId>\n  <version>2.7.18</version>\n<artifactId>flyway-core</artifactId>", ""},
		{"pom.xml", "<artifactId>spring-boot-starter-parent</artifactId>\n  <version>3.2.1</version>\n<artifactId>flyway-core</artifactId>", flywayLockOff},
		{"build.gradle", "plugins {\n  id 'org.springframework.boot' version '2.6.3'\n}\nimplementation 'org.flywaydb:flyway-core'", ""},
		{"build.gradle", "plugins {\n  id 'org.springframework.boot' version '2.6.3'\n}\nimplementation 'org.flywaydb:flyway-core:10.1.0'", flywayLockOff},
		{"build.gradle.kts", `id("org.flywaydb.flyway") version "8.5.13"`, ""},
	} {
		tree := fstest.MapFS{tt.name: {Data: []byte(tt.text)}, sql + "/V1__a.sql": {Data: []byte("CREATE INDEX CONCURRENTLY i ON t (a);")}, sql + "/afterMigrate.sql": {Data: []byte("x;")}}
		f, _ := FormatByName("flyway")
		ms, err := f.Read(Sub(tree, sql))
		if err != nil || len(ms) != 2 {
			t.Fatal(err, ms)
		}
		if got := ms[0].Up[0].Run.Snapshot; got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.name, tt.text, got, tt.want)
		}
		if got := ms[1].Up[0].Run.Snapshot; got != "" {
			t.Errorf("%s: a callback: %q", tt.name, got)
		}
	}
}
