package gormmig

import (
	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

func New(db *gorm.DB) *gormigrate.Gormigrate {
	return gormigrate.New(db, &gormigrate.Options{TableName: "migrations", UseTransaction: true}, []*gormigrate.Migration{
		{
			ID: "1",
			Migrate: func(tx *gorm.DB) error {
				return tx.Exec("CREATE INDEX CONCURRENTLY i ON users (email)").Error // want `\[concurrently-in-transaction\].*UseTransaction: false`
			},
			Rollback: func(tx *gorm.DB) error {
				return tx.Exec("ALTER TABLE users ALTER COLUMN email SET NOT NULL").Error // want `\[set-not-null\]`
			},
		},
		{ID: "2", Migrate: up2},
	})
}

func up2(tx *gorm.DB) error {
	return tx.Exec("ALTER TABLE users ADD COLUMN plan text").Error // want `\[lock-timeout-missing\]`
}
