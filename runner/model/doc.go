// Package model is the runner's protocol as a small explicit-state model, and its explorer:
// two runners, a server, a crash, a cut or a lost lock anywhere, every interleaving. It has
// tests only; -v prints the states visited and the shortest way into each broken protocol.
package model
