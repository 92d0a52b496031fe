package split

import (
	"path"
	"strings"
)

// styles are the tools that safemig can write migrations for, and those that
// cannot have a sequence at all.
var styles = map[string]style{
	"plain":               {name: pairOrOne, text: marked("-- safemig:no-transaction\n")},
	"goose":               {name: oneFile, text: goose},
	"dbmate":              {name: oneFile, needDown: true, text: blocks("-- migrate:up", "-- migrate:down", " transaction:false", false)},
	"sql-migrate":         {name: oneFile, text: blocks("-- +migrate Up", "-- +migrate Down", " notransaction", true)},
	"tern":                {name: oneFile, text: tern},
	"sqlx":                {name: pairOrOne, text: marked("-- no-transaction\n")},
	"morph":               {name: pairOrOne, text: marked("-- morph:nontransactional\n")},
	"postgres-migrations": {name: oneFile, noDown: true, text: marked("-- postgres-migrations disable-transaction\n")},
	"atlas":               {name: oneFile, noDown: true, text: marked("-- atlas:txmode none\n\n"), note: "atlas.sum has to be made anew: atlas migrate hash"},
	"supabase":            {name: oneFile, noDown: true, text: marked(""), session: true},
	"golang-migrate":      {name: pairOrOne, text: wrapped},
	"river":               {name: pairOrOne, text: marked(""), noAlone: "river runs every migration in a transaction"},
	"refinery":            {name: flywayName, noDown: true, text: marked(""), noAlone: "refinery runs every migration in a transaction"},
	"flyway":              {name: flywayName, text: marked(""), more: flywayConf},
	"prisma":              {name: folder("migration.sql", ""), folders: true, noDown: true, text: marked("")},
	"diesel":              {name: folder("up.sql", "down.sql"), folders: true, text: marked(""), more: dieselMetadata},
	"hasura":              {name: folder("up.sql", "down.sql"), folders: true, text: marked(""), noAlone: "hasura runs every migration in a transaction"},
	"bun":                 {name: suffixed("", ".tx"), text: marked("")},
	"popx":                {name: suffixed(".autocommit", ""), text: marked("")},
	"sqitch":              {name: sqitchName, folders: true, text: sqitchText, more: sqitchMore},

	"liquibase": {}, // see changesets

	"drizzle":          {never: "drizzle runs all pending migrations in one transaction: no lock would be released between them"},
	"node-pg-migrate":  {never: "node-pg-migrate runs all pending migrations in one transaction, and SQL files cannot opt out: write the steps as JavaScript with pgm.noTransaction()"},
	"graphile-migrate": {never: "graphile-migrate has one current migration: commit each step of the sequence by itself (safemig explain shows them)"},
	"alembic":          {never: "the file is what alembic put out: change the revision in Python"},
	"django":           {never: "the file is what Django put out: change the migration in Python"},
	"rails":            {never: "the file is what Rails put out: change the migration in Ruby"},
	"ecto":             {never: "the migration is Elixir: write the steps there (safemig explain shows them)"},
}

// body is statements as a file has them.
func body(sql []string) string {
	if len(sql) == 0 {
		return ""
	}
	return strings.Join(sql, "\n") + "\n"
}

// marked is a file that begins with a mark where it has no transaction.
func marked(mark string) func(*layout, *file) string {
	return func(l *layout, f *file) string {
		if f.alone && len(f.up) > 0 {
			return mark + body(f.up)
		}
		return body(f.up)
	}
}

// wrapped is a file whose author writes BEGIN and COMMIT.
func wrapped(l *layout, f *file) string {
	if f.alone || len(f.up) == 0 {
		return body(f.up)
	}
	return "BEGIN;\n" + body(f.up) + "COMMIT;\n"
}

// together keeps a statement whole for tools that end statements at semicolons.
func together(sql []string, prefix string) []string {
	out := make([]string, len(sql))
	for i, s := range sql {
		if out[i] = s; strings.Contains(strings.TrimSuffix(s, ";"), ";") {
			out[i] = prefix + "StatementBegin\n" + s + "\n" + prefix + "StatementEnd"
		}
	}
	return out
}

func goose(l *layout, f *file) string {
	var b strings.Builder
	if f.alone {
		b.WriteString("-- +goose NO TRANSACTION\n")
	}
	b.WriteString("-- +goose Up\n" + body(together(f.up, "-- +goose ")))
	if l.w.m.Down != nil {
		b.WriteString("\n-- +goose Down\n" + body(together(f.down, "-- +goose ")))
	}
	return b.String()
}

// blocks is a file of an up and a down block.
func blocks(up, down, alone string, cuts bool) func(*layout, *file) string {
	return func(l *layout, f *file) string {
		mark := ""
		if f.alone {
			mark = alone
		}
		u, d := f.up, f.down
		if cuts {
			u, d = together(u, "-- +migrate "), together(d, "-- +migrate ")
		}
		text := up + mark + "\n" + body(u)
		if l.w.m.Down == nil && !l.style.needDown {
			return text
		}
		if len(f.down) == 0 {
			mark = ""
		}
		return text + "\n" + down + mark + "\n" + body(d)
	}
}

func tern(l *layout, f *file) string {
	mark := ""
	if f.alone {
		mark = "---- tern: disable-tx ----\n"
	}
	text := mark + body(f.up)
	if l.w.m.Down == nil {
		return text
	}
	text += "\n---- create above / drop below ----\n\n"
	if len(f.down) > 0 {
		text += mark + body(f.down)
	}
	return text
}

// separator is what stands between version and name in the original's file.
func (l *layout) separator(base string) string {
	rest := strings.TrimPrefix(base, l.w.m.Version)
	if rest != base && rest != "" && strings.ContainsRune("-_.", rune(rest[0])) {
		return rest[:1]
	}
	return "_"
}

// oneFile is <version>_<name>.sql.
func oneFile(l *layout, f *file) (up, down string) {
	base := path.Base(l.original())
	if f.first {
		return base, ""
	}
	return f.version + l.separator(base) + f.name + ".sql", ""
}

// pairOrOne is <version>_<name>.sql, or .up.sql and .down.sql.
func pairOrOne(l *layout, f *file) (up, down string) {
	base := path.Base(l.original())
	if stem, ok := strings.CutSuffix(base, ".up.sql"); ok {
		if !f.first {
			stem = f.version + l.separator(base) + f.name
		}
		return stem + ".up.sql", stem + ".down.sql"
	}
	if !f.first {
		return f.version + l.separator(base) + f.name + ".sql", ""
	}
	return base, ""
}

// suffixed is a pair whose names say whether there is a transaction.
func suffixed(alone, tx string) func(*layout, *file) (string, string) {
	return func(l *layout, f *file) (up, down string) {
		mark := tx
		if f.alone {
			mark = alone
		}
		stem := f.version + "_" + f.name + mark
		return stem + ".up.sql", stem + ".down.sql"
	}
}

// folder is a directory of its own for each migration.
func folder(up, down string) func(*layout, *file) (string, string) {
	return func(l *layout, f *file) (string, string) {
		dir := path.Base(path.Dir(l.original()))
		if !f.first {
			dir = l.spelled(f.version) + "_" + f.name
		}
		if down == "" {
			return path.Join(dir, up), ""
		}
		return path.Join(dir, up), path.Join(dir, down)
	}
}

func dieselMetadata(l *layout, f *file) map[string]string {
	up, _ := l.style.name(l, f)
	metadata := path.Join(path.Dir(up), "metadata.toml")
	switch there := exists(l.o, path.Join(path.Dir(path.Dir(l.original())), metadata)); {
	case f.alone:
		return map[string]string{metadata: "run_in_transaction = false\n"}
	case there && f.first:
		return map[string]string{metadata: "run_in_transaction = true\n"}
	}
	return nil
}

// flywayName is V<version>__<name>.sql and U<version>__<name>.sql.
func flywayName(l *layout, f *file) (up, down string) {
	base := path.Base(l.original())
	if !f.first {
		base = base[:1] + f.version + "__" + strings.ReplaceAll(f.name, " ", "_") + ".sql"
	}
	return base, "U" + base[1:]
}

// flywayConf: of what cannot run in a transaction, Flyway knows only some.
func flywayConf(l *layout, f *file) map[string]string {
	out := map[string]string{}
	up, down := l.style.name(l, f)
	if !f.alone {
		if f.first && exists(l.o, path.Join(path.Dir(l.original()), up+".conf")) {
			out[up+".conf"] = "executeInTransaction=true\n"
		}
		return out
	}
	out[up+".conf"] = "executeInTransaction=false\n"
	if l.w.m.Down != nil && len(f.down) > 0 {
		out[down+".conf"] = "executeInTransaction=false\n"
	}
	return out
}
