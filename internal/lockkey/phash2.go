package lockkey

import (
	"encoding/binary"
)

// Erlang's phash2, as far as Ecto's keys need it: atoms, binaries and tuples of them.
// Source: erts/emulator/beam/erl_term_hashing.c (make_hash2) and atom.c (atom_hash) of
// Erlang/OTP. phash2 is portable by contract: its values are the same on every release.

// term is what can be hashed.
type term interface {
	// hash2 continues h with the term. Zero is the state at the outermost term.
	hash2(h uint32) uint32
}

type (
	atom  string
	text  []byte // a binary
	tuple []term
)

// golden is HCONST; its n-th multiple starts the hash of a kind of term.
const golden = 0x9e3779b9

func hconst(n uint32) uint32 {
	return n * golden
}

// phash2 is erlang:phash2/1: 0 to 2^27-1.
func phash2(t term) int64 {
	return int64(t.hash2(0) & (1<<27 - 1))
}

func (a atom) hash2(h uint32) uint32 {
	v := a.pjw()
	if h == 0 {
		return v // the emulator does not mix a lone atom
	}
	return mixIn(h, v, hconst(3))
}

// pjw is the hash of the atom table. A character of Latin-1 counts as one byte, though the
// text is UTF-8.
func (a atom) pjw() uint32 {
	var h uint32
	for i := 0; i < len(a); i++ {
		c := a[i]
		if c&0xfe == 0xc2 && i+1 < len(a) && a[i+1]&0xc0 == 0x80 {
			i++
			c = c<<6 | a[i]&0x3f
		}
		h = h<<4 + uint32(c)
		if g := h & 0xf0000000; g != 0 {
			h ^= g >> 24
			h ^= g
		}
	}
	return h
}

func (b text) hash2(h uint32) uint32 {
	start := hconst(13) + h
	if len(b) == 0 {
		return start
	}
	return blockHash(b, start)
}

func (t tuple) hash2(h uint32) uint32 {
	h = mixIn(h, uint32(len(t)), hconst(9))
	for _, e := range t {
		h = e.hash2(h)
	}
	return h
}

// mixIn is UINT32_HASH.
func mixIn(h, x, k uint32) uint32 {
	_, _, c := mix(k+x, k, h)
	return c
}

// blockHash is Bob Jenkins' lookup2 over b.
func blockHash(b []byte, start uint32) uint32 {
	x, y, z := uint32(golden), uint32(golden), start
	rest := b
	for ; len(rest) >= 12; rest = rest[12:] {
		x, y, z = mix(x+binary.LittleEndian.Uint32(rest),
			y+binary.LittleEndian.Uint32(rest[4:]),
			z+binary.LittleEndian.Uint32(rest[8:]))
	}
	z += uint32(len(b))
	var last [12]byte // the lowest byte of z's word belongs to the length
	copy(last[:], rest)
	x += binary.LittleEndian.Uint32(last[0:])
	y += binary.LittleEndian.Uint32(last[4:])
	z += binary.LittleEndian.Uint32(last[8:]) << 8
	_, _, z = mix(x, y, z)
	return z
}

// mix is the mixing step of lookup2; shifts right are written as in its source.
func mix(a, b, c uint32) (uint32, uint32, uint32) {
	for _, s := range [][3]int{{13, 8, 13}, {12, 16, 5}, {3, 10, 15}} {
		a = (a - b - c) ^ c>>s[0]
		b = (b - c - a) ^ a<<s[1]
		c = (c - a - b) ^ b>>s[2]
	}
	return a, b, c
}
