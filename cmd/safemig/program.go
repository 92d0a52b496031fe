package main

import (
	"context"

	"github.com/safemig/safemig/analyzer"
	"github.com/safemig/safemig/internal/lint"
)

// program adds what the Go packages of --go hold.
func (c *checkFlags) program(ctx context.Context, o *lint.Options) error {
	opts := analyzer.Options{PG: o.PG}
	if o.Config != nil {
		opts.Config = o.Config.Path
	}
	p, err := analyzer.Load(ctx, ".", c.packages, opts)
	if err != nil {
		return err
	}
	o.Found, o.Code, o.MayBeNone = p.Findings, p.Code, true
	return nil
}
