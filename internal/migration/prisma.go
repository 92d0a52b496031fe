package migration

import (
	"io/fs"
	"path"
	"strings"
)

// prisma reads directories of Prisma Migrate: <name>/migration.sql, in the order
// of the folders' names, and migration_lock.toml beside them. A file is one
// message without a transaction, so that several statements are one implicit
// transaction; there is no way down and no way out.
func prisma() Format {
	f := folderFormat("prisma", "migration.sql", "")
	f.Detect = detectPrisma
	f.ReadFile = prismaFile
	f.Read = func(fsys fs.FS) ([]Migration, error) {
		names, err := ownedBelow(fsys, f.Owns)
		if err != nil {
			return nil, err
		}
		return readAll(fsys, names, prismaFile)
	}
	return f
}

func prismaFile(f *File) Migration {
	m := Migration{File: f, Version: folderOf(f.Path)}
	if digits, rest := splitDigits(m.Version); strings.HasPrefix(rest, "_") {
		m.Version, m.Name = digits, rest[1:]
	}
	m.refuseBOM(bomIsSyntax)
	m.put(f.whole(Run{Wrap: WrapNone, Alone: "give it a migration of its own"}), false)
	return m
}

func detectPrisma(fsys fs.FS) (int, string) {
	if f, err := fs.ReadFile(fsys, "migration_lock.toml"); err == nil && strings.Contains(string(f), "provider") {
		if strings.Contains(string(f), "mysql") || strings.Contains(string(f), "sqlite") || strings.Contains(string(f), "sqlserver") {
			return 0, ""
		}
		return 98, "migration_lock.toml"
	}
	dir := folderWith(fsys, "migration.sql", func(folder string) bool { d, _ := splitDigits(folder); return d != "" })
	if dir == "" {
		return 0, ""
	}
	if _, err := fs.Stat(fsys, dir+"/snapshot.json"); err == nil {
		return 0, "" // drizzle
	}
	return 85, dir + "/migration.sql"
}

// folderFormat is a tool that keeps a folder for each migration, and in it files
// of fixed names.
func folderFormat(name, up, down string) Format {
	return Format{Name: name, Recursive: true, Owns: func(p string) bool {
		folder, base := path.Split(p)
		return (base == up || down != "" && base == down) && strings.Count(folder, "/") == 1
	}}
}

// folderOf is the name of the folder that the file stands in, "" for none.
func folderOf(p string) string {
	dir := path.Base(path.Dir(p))
	if dir == "." || dir == "/" {
		return ""
	}
	return dir
}
