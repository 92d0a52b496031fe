package conformance

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
)

// The Java tools are libraries, called by jvm/Apply.java.
var maven = install("jvm", []string{"pom.xml", "Apply.java"}, "mvn", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib")

var javaTools = []tool{
	{
		name: "flyway", release: "Flyway 11.8.2", dir: "db/migration", canOptOut: true, ready: maven,
		// With the lock that it takes by default, Flyway waits for itself when it builds an index concurrently.
		project: one("flyway.conf", "flyway.postgresql.transactional.lock=false\n"),
		migration: func(n int, optOut bool, sql string) map[string]string {
			files := one(fmt.Sprintf("V%d__x.sql", n), sql)
			if optOut {
				files[fmt.Sprintf("V%d__x.sql.conf", n)] = "executeInTransaction=false\n"
			}
			return files
		},
		up: inJava("flyway", "db/migration"),
	},
	{name: "liquibase", variant: "attributes", release: "Liquibase 4.31.1", dir: "changelog", ready: maven, up: inJava("liquibase", "changelog")},
	{name: "flyway", variant: "names", release: "Flyway 11.8.2", dir: ".", ready: maven, up: inJava("flyway", ".")},
	{
		name: "liquibase", release: "Liquibase 4.31.1", dir: "changelog", canOptOut: true, ready: maven,
		project: one("changelog/master.xml", liquibaseMaster),
		migration: func(n int, optOut bool, sql string) map[string]string {
			option := ""
			if optOut {
				option = " runInTransaction:false"
			}
			return one(fmt.Sprintf("sets/%d.sql", n), fmt.Sprintf("--liquibase formatted sql\n--changeset a:%d%s\n%s", n, option, sql))
		},
		up: inJava("liquibase", "changelog"),
	},
}

const liquibaseMaster = `<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">
  <includeAll path="sets"/>
</databaseChangeLog>
`

func inJava(tool, dir string) func(*testing.T, string, string) error {
	return func(t *testing.T, root, dsn string) error {
		shop, err := workshop("jvm")
		if err != nil {
			return err
		}
		u, err := url.Parse(dsn)
		if err != nil {
			return err
		}
		password, _ := u.User.Password()
		return program(t, root, nil, "java", "-cp", filepath.Join(shop, "lib", "*"), filepath.Join(shop, "Apply.java"),
			tool, root, dir, "jdbc:postgresql://"+u.Host+u.Path, u.User.Username(), password)
	}
}
