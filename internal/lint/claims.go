package lint

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/safemig/safemig/internal/migration"
)

// claims remembers what claims a directory: it is asked more than once, and files
// have to be read for it.
type claims struct {
	mu sync.Mutex
	of map[string]func() migration.Claim
}

// get gives the claim on a directory of the tree.
func (c *claims) get(t *tree, dir string) migration.Claim {
	c.mu.Lock()
	f, ok := c.of[dir]
	if !ok {
		if c.of == nil {
			c.of = map[string]func() migration.Claim{}
		}
		f = sync.OnceValue(func() migration.Claim { return migration.Detect(t.sub(dir)) })
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
