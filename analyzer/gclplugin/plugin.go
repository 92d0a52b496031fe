// Package gclplugin makes the analyzer a linter of golangci-lint v2, by its
// module plugin system: .custom-gcl.yml names this package, and
// linters.settings.custom.safemig has the settings. See docs/go.md.
package gclplugin

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/safemig/safemig/analyzer"
)

// name is the key under linters.settings.custom.
const name = "safemig"

func init() { register.Plugin(name, New) }

// settings are those of .golangci.yml. Unknown ones are refused.
type settings struct {
	EmbedAt string          `json:"embed-at"` // default: directive
	Config  string          `json:"config"`
	PG      int             `json:"pg"`
	Tests   bool            `json:"tests"`
	Sinks   []analyzer.Sink `json:"sinks"`
}

// New reads the settings of one configuration.
func New(conf any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[settings](conf)
	if err != nil {
		return nil, err
	}
	if s.EmbedAt == "" {
		s.EmbedAt = analyzer.EmbedAtDirective // findings in .sql files would be dropped
	}
	o := analyzer.Options{EmbedAt: s.EmbedAt, Config: s.Config, PG: s.PG, Tests: s.Tests, Sinks: s.Sinks}
	if err := o.Check(); err != nil {
		return nil, err
	}
	return plugin{o}, nil
}

type plugin struct{ opts analyzer.Options }

// BuildAnalyzers gives the one analyzer.
func (p plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return []*analysis.Analyzer{analyzer.New(p.opts)}, nil
}

// GetLoadMode asks for types.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
