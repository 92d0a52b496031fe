package gormsink

import "gorm.io/gorm"

func db(d *gorm.DB) error {
	d.Exec("CREATE INDEX i ON users (email)")              // want `\[index-not-concurrent\]`
	d.Exec("CREATE INDEX CONCURRENTLY i ON users (email)") // d may be a transaction, or not
	d.Raw("SELECT * FROM users WHERE email = ?", "x").Scan(nil)
	return d.Transaction(func(tx *gorm.DB) error {
		return tx.Exec("CREATE INDEX CONCURRENTLY i ON users (email)").Error // want `\[concurrently-in-transaction\]`
	})
}

func connection(d *gorm.DB) error {
	return d.Connection(func(c *gorm.DB) error {
		c.Exec("CREATE INDEX CONCURRENTLY i ON users (email)")
		return c.Exec("ALTER TABLE users ALTER COLUMN email SET NOT NULL").Error // want `\[set-not-null\]`
	})
}
