package runner

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/pgserver/pgtest"
)

// inProject are the directories of migrations in testdata/projects, with how many
// up applies and down reverts. Some have migrations that their own tool would
// refuse too, or placeholders: those are refused, by what the error says, and then
// written as they should be. What alembic, django and rails put out is not here:
// those tools keep their record themselves.
var inProject = map[string]struct {
	up, down int
	refused  string
	instead  []string
}{
	"goose/migrations":               {8, 8, "", nil},
	"golang-migrate/db/migrations":   {7, 7, "2 findings", concurrently},
	"dbmate/db/migrations":           {8, 8, "1 finding", concurrently},
	"plain/schema":                   {7, 0, "", nil},
	"flyway/sql":                     {5, 0, "${flyway:defaultSchema} stands for something", []string{"${flyway:defaultSchema}", "public", "${owner}", "'x'"}},
	"prisma/prisma/migrations":       {4, 0, "", nil},
	"sqlx/migrations":                {4, 4, "", nil},
	"supabase/supabase/migrations":   {4, 0, "", nil},
	"diesel/migrations":              {4, 4, "", nil},
	"hasura/migrations/default":      {4, 4, "1 finding", concurrently},
	"drizzle/drizzle":                {4, 0, "1 finding", concurrently},
	"tern/migrations":                {4, 4, "{{ .app_user }} stands for something", []string{"{{ .app_user }}", "CURRENT_USER"}},
	"sql-migrate/migrations":         {4, 4, "", nil},
	"atlas/migrations":               {4, 0, "", nil},
	"liquibase/changelog":            {5, 5, "${default.email} stands for something", []string{"${default.email}", "nobody@example.com"}},
	"sqitch":                         {4, 4, `:"app_user" stands for something`, []string{`:"app_user"`, "CURRENT_USER"}},
	"node-pg-migrate/migrations":     {4, 4, "1 finding", concurrently},
	"bun/migrations":                 {4, 4, "", nil},
	"graphile-migrate/migrations":    {3, 0, ":APP_USER stands for something", []string{":APP_USER", "CURRENT_USER"}},
	"refinery/migrations":            {4, 0, "1 finding", concurrently},
	"river/migration/main":           {4, 4, "1 finding", concurrently},
	"popx/migrations/sql":            {4, 4, "", nil},
	"morph/migrations/postgres":      {4, 4, "", nil},
	"postgres-migrations/migrations": {4, 0, "", nil},
}

// concurrently is what cannot run in the transaction that a tool opens.
var concurrently = []string{"INDEX CONCURRENTLY", "INDEX"}

// copied gives a copy of a project with other text.
func copied(t *testing.T, dir string, instead []string) string {
	t.Helper()
	top, rest, _ := strings.Cut(dir, "/")
	to := filepath.Join(t.TempDir(), top)
	from := os.DirFS(filepath.Join("../testdata/projects", top))
	replace := strings.NewReplacer(instead...)
	err := fs.WalkDir(from, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(from, p)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, p)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, p), []byte(replace.Replace(string(src))), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, rest)
}

func TestEveryToolsProjectGoesUpAndDown(t *testing.T) {
	for dir, want := range inProject {
		t.Run(strings.ReplaceAll(dir, "/", "_"), func(t *testing.T) {
			if dir == "golang-migrate/db/migrations" && pgtest.ForTest(t).Major < 13 {
				t.Skip("gen_random_uuid came with 13")
			}
			dsn := pgtest.NewDatabase(t)
			ctx := context.Background()
			at := filepath.Join("../testdata/projects", dir)
			project := func(change ...func(*Options)) *Runner {
				t.Helper()
				o := Options{Database: dsn, Dir: at, Config: "-",
					Allow: map[string]string{}, Events: func(e Event) {
						if e.Kind == KindWarning {
							t.Log(e.Message)
						}
					}}
				for _, c := range change {
					c(&o)
				}
				r, err := New(o)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			if want.refused != "" {
				if _, err := project().Up(ctx); err == nil || !strings.Contains(err.Error(), want.refused) {
					t.Fatalf("%v, want %s", err, want.refused)
				}
				at = copied(t, dir, want.instead)
			}
			res, err := project().Up(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Versions) != want.up {
				t.Errorf("up applied %d, want %d: %v", len(res.Versions), want.up, res.Versions)
			}
			if res, err := project().Up(ctx); err != nil || len(res.Versions) != 0 {
				t.Errorf("a second up: %v %v", res.Versions, err)
			}
			if n := query[int](t, dsn, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"); n != 0 {
				t.Errorf("%d invalid indexes", n)
			}
			if want.down == 0 {
				return
			}
			res, err = project(func(o *Options) { o.To = "0" }).Down(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Versions) != want.down {
				t.Errorf("down reverted %d, want %d: %v", len(res.Versions), want.down, res.Versions)
			}
			if got := query[string](t, dsn, "SELECT coalesce(string_agg(relname, ' '), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"); got != "" {
				t.Errorf("down left %s", got)
			}
		})
	}
}
