package gormmigdefault

import (
	"github.com/go-gormigrate/gormigrate/v2"
	"gorm.io/gorm"
)

func New(db *gorm.DB) *gormigrate.Gormigrate {
	return gormigrate.New(db, gormigrate.DefaultOptions, []*gormigrate.Migration{{
		ID: "1",
		Migrate: func(tx *gorm.DB) error {
			if err := tx.Exec("CREATE INDEX CONCURRENTLY i ON users (email)").Error; err != nil {
				return err
			}
			return tx.Exec("UPDATE users SET email = lower(email)").Error // want `\[update-without-where\]`
		},
	}})
}
