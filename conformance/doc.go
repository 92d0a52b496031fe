// Package conformance runs real migration tools against a real PostgreSQL, and holds
// internal/migration against what the server saw:
//
//	cd conformance && go test ./...
//	cd conformance && go test -v -tools goose,tern ./...
//
// The tools are libraries of this module (Go), and what package managers bring: npm,
// cargo, Maven, and Debian's package of sqitch. They are put into the user's cache
// directory. A tool that cannot be had fails its test, with the reason.
//
// TestTransactions compares virtual transactions, statement by statement, and with
// -update records them for the root module's tests. TestConcurrently compares what
// becomes of statements that cannot run in a transaction with what safemig says of
// them. TestRefusals compares what tools refuse with migration-refused,
// TestConcurrentlyWaitsForRunner what hangs with concurrently-waits-for-runner.
//
// Of Atlas the module is the library alone: its Executor cuts files and sends statements,
// and is compared; transactions are the command's and are not.
//
// Not compared, because no registry serves what runs the migrations: Prisma and Hasura
// (its command only asks its server). Prisma's command runs a native engine that it
// downloads; the one of 7.10.1 has no other. Its engine in WebAssembly
// (@prisma/schema-engine-wasm) hands scripts to @prisma/adapter-pg, which cuts them at
// every semicolon, quoted or not, in 6 as in 7.10.1: the native one sends them whole. Not
// run live: popx, django (recorded with Django 5.2.19), rails (psql loads the file).
package conformance
