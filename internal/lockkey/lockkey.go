// Package lockkey knows the advisory lock keys of migration tools: what a tool locks while
// it migrates, so that a runner can exclude it and an audit can name what it finds in a log.
//
// Every key here is the one-argument form, pg_advisory_lock(bigint). Keys are per database:
// the server never sees equal keys of two databases as the same lock.
package lockkey

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode/utf16"
)

// Keys that do not depend on the database or its names. A database has one of each, whatever
// the number of applications in it.
const (
	// Goose is lock.DefaultLockID of goose v3.29: crc32("goose").
	Goose int64 = 4097083626
	// GooseEarly is the same constant in earlier releases of goose: crc64("goose").
	GooseEarly int64 = 5887940537704921958
	// Tern is lockNum of tern's migrate package.
	Tern int64 = 9628173550095224
	// Prisma is what the schema engine locks.
	Prisma int64 = 72707369
	// NodePgMigrate is PG_MIGRATE_LOCK_ID of node-pg-migrate.
	NodePgMigrate int64 = 7241865325823964
	// Graphile is what graphile-migrate locks.
	Graphile int64 = 4727445306447283
	// Sqitch is what sqitch's pg engine locks.
	Sqitch int64 = 75474063
	// Atlas is FNV-1 of "atlas_migrate_execute", 32 bits.
	Atlas int64 = 2686470616
	// Reshape is what reshape locks.
	Reshape int64 = 4036779288569897133
)

// Safemig is the key of a ledger of safemig: the first eight bytes of a SHA-256 over its name.
func Safemig(schema, table string) int64 {
	sum := sha256.Sum256([]byte("safemig:v1\x00" + schema + "." + table))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// Rails is the key of ActiveRecord::Migrator for a database.
func Rails(database string) int64 {
	return 2053462845 * int64(crc32.ChecksumIEEE([]byte(database)))
}

// SQLx is the key of sqlx's migrator for a database.
func SQLx(database string) int64 {
	return 0x3d32ad9e * int64(crc32.ChecksumIEEE([]byte(database)))
}

// GolangMigrate is the key of golang-migrate's pgx and postgres drivers for a version table
// in a database. The multiplication is of 32 bits. A driver that was opened by a URL takes
// the URL's path for the database's name, slash and all: "/app".
func GolangMigrate(database, schema, table string) int64 {
	sum := crc32.ChecksumIEEE([]byte(schema + "\x00" + table + "\x00" + database))
	return int64(sum * 1486364155)
}

// Flyway is the key of Flyway for a history table: its magic number and Java's hash of the
// quoted name. Flyway 4 to 12 take it as a transaction's lock or, by configuration and for
// scripts outside transactions, as a session's.
func Flyway(schema, table string) int64 {
	return 0x466C79776179 + int64(javaHash(quoteJava(schema)+"."+quoteJava(table)))
}

// quoteJava is Flyway's quote for PostgreSQL.
func quoteJava(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// javaHash is String.hashCode.
func javaHash(s string) int32 {
	var h int32
	for _, c := range utf16.Encode([]rune(s)) {
		h = 31*h + int32(c)
	}
	return h
}

// Ecto is the key of Ecto's :pg_advisory_lock for a repository, without a prefix:
// :erlang.phash2({:ecto, nil, repo}). The repository is written as in Elixir, My.Repo.
// Source: ecto_sql, lib/ecto/adapters/postgres.ex, 3.9 and later.
func Ecto(repo string) int64 {
	return phash2(tuple{atom("ecto"), atom("nil"), module(repo)})
}

// EctoPrefix is Ecto's key for migrations run with a prefix, a schema.
func EctoPrefix(prefix, repo string) int64 {
	return phash2(tuple{atom("ecto"), text(prefix), module(repo)})
}

// EctoRecipe is the key that Safe Ecto Migrations' recipe of a lock in the migration takes:
// :erlang.phash2("ecto_#{repo}"). Ecto itself never takes it.
func EctoRecipe(repo string) int64 {
	return phash2(text("ecto_" + string(module(repo))))
}

// module is the atom of an Elixir module.
func module(name string) atom {
	return atom("Elixir." + strings.TrimPrefix(name, "Elixir."))
}

// Split gives the two numbers under which pg_locks shows a key: classid and objid. objsubid
// is 1.
func Split(key int64) (classid, objid uint32) {
	return uint32(uint64(key) >> 32), uint32(uint64(key))
}

// Join is the reverse of Split.
func Join(classid, objid uint32) int64 {
	return int64(uint64(classid)<<32 | uint64(objid))
}
