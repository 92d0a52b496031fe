package lockkey

import "testing"

// Values that Erlang/OTP 25 printed for :erlang.phash2/1; 129653361 is the constant of
// ecto_sql's own test, 45843237 is in the log of the seed.
func TestPhash2(t *testing.T) {
	for _, tt := range []struct {
		name string
		term term
		want int64
	}{
		{":ecto", atom("ecto"), 441007},
		{"nil", atom("nil"), 29948},
		{"{}", tuple{}, 87486268},
		{`""`, text(""), 13708901},
		{`"abc"`, text("abc"), 98228475},
		{`"ecto_Elixir.Notifications.Repo"`, text("ecto_Elixir.Notifications.Repo"), 45843237},
		{"{:ecto, MyApp.Repo}", tuple{atom("ecto"), atom("Elixir.MyApp.Repo")}, 123454519},
	} {
		if got := phash2(tt.term); got != tt.want {
			t.Errorf("phash2(%s) = %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Values seen in a log or printed by the tool itself.
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  int64
		want int64
	}{
		{"ecto", Ecto("Notifications.Repo"), 93429343},
		{"ecto, written as an atom", Ecto("Elixir.MyApp.Repo"), 41811489},
		{"ecto's own test", Ecto("Ecto.Integration.AdvisoryLockPoolRepo"), 129653361},
		{"ecto prefix", EctoPrefix("tenant_a", "Notifications.Repo"), 54756412},
		{"ecto prefix public", EctoPrefix("public", "A.B.C.Repo"), 84841471},
		{"safe ecto migrations' recipe", EctoRecipe("Notifications.Repo"), 45843237},
		{"rails 6.1", Rails("fw"), 6481063734588144765},
		{"flyway 10.22", Flyway("public", "flyway_schema_history"), 77433833903597},
		// github.com/flyway/flyway issue 1654: SELECT pg_advisory_lock(77431133147203)
		{"flyway", Flyway("concurrent_test", "schema_version"), 77431133147203},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	names := Names{Databases: []string{"fw"}, Repos: []string{"Notifications.Repo"}, Schemas: []string{"tenant_a"}}
	for _, tt := range []struct {
		key  int64
		want string
	}{
		{4097083626, "goose"},
		{9628173550095224, "tern"},
		{6481063734588144765, "rails"},
		{93429343, "ecto"},
		{54756412, "ecto"},
		{45843237, "ecto"},
		{SQLx("fw"), "sqlx"},
		{GolangMigrate("fw", "public", "schema_migrations"), "golang-migrate"},
		{GolangMigrate("/fw", "public", "schema_migrations"), "golang-migrate"},
		{Flyway("tenant_a", "flyway_schema_history"), "flyway"},
		{123, ""},
	} {
		o, ok := Name(tt.key, names)
		if o.Tool != tt.want || ok != (tt.want != "") {
			t.Errorf("Name(%d) = %+v, %v, want tool %q", tt.key, o, ok, tt.want)
		}
	}
	if _, ok := Name(Rails("fw"), Names{}); ok {
		t.Error("Rails' key was named without the database's name")
	}
}

func TestSplit(t *testing.T) {
	for _, k := range []int64{0, 1, -1, 93429343, 6481063734588144765, -9223372036854775808} {
		if got := Join(Split(k)); got != k {
			t.Errorf("Join(Split(%d)) = %d", k, got)
		}
	}
}

func FuzzPhash2(f *testing.F) {
	f.Add("public", "MyApp.Repo")
	f.Add("", "Ä.Répo")
	f.Fuzz(func(t *testing.T, prefix, repo string) {
		if k := EctoPrefix(prefix, repo); k < 0 || k >= 1<<27 {
			t.Errorf("EctoPrefix(%q, %q) = %d, not in 27 bits", prefix, repo, k)
		}
	})
}
