package lockkey

import "fmt"

// Names are what is known about the place where a key was seen. Every field may be empty:
// then only keys that do not depend on it are recognised.
type Names struct {
	Databases []string // as in the connection or in the log's %d
	Schemas   []string // "public" is always tried; for Ecto these are its prefixes
	Repos     []string // Ecto's repositories, My.Repo
	Tables    []string // version tables beyond the tools' own defaults
}

// Owner says whose lock a key is.
type Owner struct {
	Tool string // as safemig --tool writes it: goose, golang-migrate, ecto, …
	What string // what in that tool: "Ecto's lock of My.Repo"
}

// Name finds the tool whose key this is. It tries what it can compute from the names; a
// match by accident is possible for Ecto, whose keys have 27 bits.
func Name(key int64, n Names) (Owner, bool) {
	if o, ok := fixed[key]; ok {
		return o, true
	}
	for _, db := range n.Databases {
		switch key {
		case Rails(db):
			return Owner{"rails", "Rails' lock of database " + db}, true
		case SQLx(db):
			return Owner{"sqlx", "sqlx's lock of database " + db}, true
		}
	}
	for _, repo := range n.Repos {
		if o, ok := nameEcto(key, repo, n.Schemas); ok {
			return o, true
		}
	}
	return nameTable(key, n)
}

// fixed are the keys that depend on nothing.
var fixed = map[int64]Owner{
	Goose:         {"goose", "goose's lock"},
	GooseEarly:    {"goose", "goose's lock, as earlier releases take it"},
	Tern:          {"tern", "tern's lock"},
	Prisma:        {"prisma", "Prisma's lock"},
	NodePgMigrate: {"node-pg-migrate", "node-pg-migrate's lock"},
	Graphile:      {"graphile-migrate", "graphile-migrate's lock"},
	Sqitch:        {"sqitch", "sqitch's lock"},
	Atlas:         {"atlas", "atlas' lock"},
	Reshape:       {"reshape", "reshape's lock"},

	Safemig("safemig", "migration"): {"safemig", "safemig's lock"},
}

func nameEcto(key int64, repo string, schemas []string) (Owner, bool) {
	switch key {
	case Ecto(repo):
		return Owner{"ecto", "Ecto's lock of " + repo}, true
	case EctoRecipe(repo):
		return Owner{"ecto", "a migration's own lock, made from the name of " + repo}, true
	}
	for _, s := range append([]string{"public"}, schemas...) {
		if key == EctoPrefix(s, repo) {
			return Owner{"ecto", fmt.Sprintf("Ecto's lock of %s with prefix %s", repo, s)}, true
		}
	}
	return Owner{}, false
}

// nameTable tries the keys that are made of a version table's name.
func nameTable(key int64, n Names) (Owner, bool) {
	schemas := append([]string{"public"}, n.Schemas...)
	tables := append([]string{"schema_migrations", "flyway_schema_history", "schema_version"}, n.Tables...)
	for _, s := range schemas {
		for _, t := range tables {
			if key == Flyway(s, t) {
				return Owner{"flyway", fmt.Sprintf("Flyway's lock of %s.%s", s, t)}, true
			}
			if key == Safemig(s, t) {
				return Owner{"safemig", fmt.Sprintf("safemig's lock of %s.%s", s, t)}, true
			}
			for _, db := range n.Databases {
				if key == GolangMigrate(db, s, t) || key == GolangMigrate("/"+db, s, t) {
					return Owner{"golang-migrate", fmt.Sprintf("golang-migrate's lock of %s.%s", s, t)}, true
				}
			}
		}
	}
	return Owner{}, false
}
