package own

type Store struct{}

func (*Store) Run(name, sql string) {}

func (*Store) RunInTx(sql string) {}

func Send(sql string) {}

func own(s *Store) {
	s.Run("x", "CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
	s.Run("CREATE INDEX i ON users (email)", "CREATE INDEX CONCURRENTLY i ON users (email)")
	s.RunInTx("CREATE INDEX CONCURRENTLY i ON users (email)") // want `\[concurrently-in-transaction\]`
	s.RunInTx("CREATE TABLE a (id bigint)")
	Send("CREATE INDEX i ON users (email)") // want `\[index-not-concurrent\]`
}
