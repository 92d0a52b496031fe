package positions

import "database/sql"

const (
	table = "users"
	part1 = "CREATE INDEX i " // want `\[index-not-concurrent\]`
)

func positions(db *sql.DB) {
	db.Exec(`
		SELECT 1;`)
	db.Exec(`SET lock_timeout = '2s';
		CREATE INDEX i ON users (a)`) // want `\[index-not-concurrent\]`
	db.Exec("SELECT 'é';\n\tCREATE INDEX i ON \"users\" (a)") // want `\[index-not-concurrent\]`
	db.Exec("CREATE TABLE IF NOT EXISTS x (id int);" +
		"CREATE INDEX i" + // want `\[index-not-concurrent\]`
		" ON users (a)") // one statement over two literals
	db.Exec(part1 + "ON " + table + " (a)")
	q := "CREATE INDEX i ON users (b)" // want `\[index-not-concurrent\]`
	db.Exec(q)
	q2 := "CREATE INDEX i ON users (b)"
	if table != "" {
		q2 = "SELECT 1"
	}
	db.Exec(q2)
}
