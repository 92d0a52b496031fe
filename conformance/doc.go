// Package conformance runs real migration tools against a real PostgreSQL, and holds
// internal/migration against what the server saw:
//
//	cd conformance && go test ./...
//	cd conformance && go test -v -tools goose,tern ./...
//
// The tools are libraries of this module (Go), and what package managers bring: npm,
// cargo, Maven, and Debian's package of sqitch. They are put into the user's cache
// directory. A tool that cannot be had fails its test, with the reason.
package conformance
