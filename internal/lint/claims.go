package lint

import (
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/safemig/safemig/internal/migration"
)

// claims remembers what claims a directory: it is asked more than once, and files
// have to be read for it.
type claims struct {
	mu sync.Mutex
	of map[string]func() claim
}

// claim is what a directory is taken for.
type claim struct {
	migration.Claim
	server string // another one, and by what: see otherDialect
}

func claimOn(fsys fs.FS) claim {
	c := claim{Claim: migration.Detect(fsys)}
	if c.Score > 0 {
		c.server = otherDialect(fsys)
	}
	return c
}

// get gives the claim on a directory of the tree.
func (c *claims) get(t *tree, dir string) claim {
	c.mu.Lock()
	f, ok := c.of[dir]
	if !ok {
		if c.of == nil {
			c.of = map[string]func() claim{}
		}
		f = sync.OnceValue(func() claim { return claimOn(t.sub(dir)) })
		c.of[dir] = f
	}
	c.mu.Unlock()
	return f()
}

// ahead begins with directories of which the claims will be asked. A panic is kept
// for who asks.
func (c *claims) ahead(t *tree, dirs []string) {
	var next atomic.Int32
	for range min(len(dirs), runtime.GOMAXPROCS(0)) {
		go func() {
			defer func() { _ = recover() }()
			for {
				n := int(next.Add(1)) - 1
				if n >= len(dirs) {
					return
				}
				c.get(t, dirs[n])
			}
		}()
	}
}
