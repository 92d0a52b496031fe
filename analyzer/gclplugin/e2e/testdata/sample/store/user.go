// Package store still reads what a migration drops.
package store

import "database/sql"

// Plan reads the plan of a user.
func Plan(db *sql.DB, id int64) (plan string, err error) {
	err = db.QueryRow("SELECT plan FROM users WHERE id = $1", id).Scan(&plan)
	return plan, err
}

// Email reads the address of a user.
func Email(db *sql.DB, id int64) (email string, err error) {
	err = db.QueryRow("SELECT email FROM users WHERE id = $1", id).Scan(&email)
	return email, err
}
