// Package torture breaks runs of safemig up at every point, with every peer, in every way,
// and holds what is left against the invariants of the protocol. It has tests only.
//
//	go test ./runner/torture                                     the short form, about a minute
//	go test ./runner/torture -run TestKills$ -kills 2000 -nodes 10 -timeout 2h -v
//	go test ./runner/torture -all -timeout 2h -v                 every crash point in every way
//
// The second line is the long form: it starts that many nodes at once, again and again,
// kills the holder of the lock at random moments until so many were killed, and prints
// rounds, kills and violations. The same harness runs a control, a runner of the common
// pattern, and fails if the control survives.
package torture
