package lint

import "github.com/safemig/safemig/rules"

// ConfigName is the name of the configuration file.
const ConfigName = ".safemig.yml"

// Config is a configuration file. The methods of a nil Config give the defaults.
type Config struct {
	Entries []Entry
}

// Entry is one directory of migrations.
type Entry struct {
	Dir, Tool, Schema string
	PG                int
}

func (c *Config) dirs() []string                            { return nil }
func (c *Config) entry(dir string) Entry                    { return Entry{} }
func (c *Config) excluded(p string) bool                    { return false }
func (c *Config) severity(id string) (rules.Severity, bool) { return 0, false }
