package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/report"
	"github.com/safemig/safemig/rules"
)

// checkFlags is what `check` was asked beyond its input.
type checkFlags struct {
	input
	format, color, failOn string
	enable, disable       []string
	verbose               bool
}

func checkCommand() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] [path ...]",
		Short: "Find what is unsafe in migrations",
		RunE:  func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	c.input.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.format, "format", "text", strings.Join(report.Formats(), ", "))
	f.StringVar(&c.failOn, "fail-on", "error", "least severity that makes the exit status 1: error, warning, info or never")
	f.StringArrayVar(&c.enable, "enable", nil, "turn the rule `ID` on; repeatable")
	f.StringArrayVar(&c.disable, "disable", nil, "turn the rule `ID` off; repeatable")
	f.StringVar(&c.color, "color", "auto", "auto, always or never")
	f.BoolVarP(&c.verbose, "verbose", "v", false, "say what could not be modelled")
	return cmd
}

func (c *checkFlags) run(cmd *cobra.Command, args []string) error {
	if !slices.Contains(report.Formats(), c.format) {
		return fmt.Errorf("--format %s: must be one of %s", c.format, strings.Join(report.Formats(), ", "))
	}
	failOn, ok := rules.ParseSeverity(c.failOn)
	if c.failOn == "never" {
		failOn = rules.Error + 1
	} else if !ok || failOn == rules.Off {
		return fmt.Errorf("--fail-on %s: must be error, warning, info or never", c.failOn)
	}
	tint, err := colors(c.color, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	o, err := c.options(cmd, args)
	if err != nil {
		return err
	}
	result, err := lint.Run(cmd.Context(), o)
	if err != nil {
		return err
	}
	if err := report.Write(cmd.OutOrStdout(), c.format, result, report.Style{Color: tint, Verbose: c.verbose}); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	for i := range result.Findings {
		if result.Findings[i].Severity >= failOn {
			return errFindings
		}
	}
	return nil
}
