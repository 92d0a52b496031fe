package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or describe " + lint.ConfigName,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "verify [file]",
			Short: "Say whether a configuration file is right, and which one holds here",
			Args:  cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				file := strings.Join(args, "")
				if file == "" {
					var err error
					if file, err = lint.FindConfig("."); err != nil {
						return err
					}
				}
				if file == "" {
					return fmt.Errorf("there is no %s here or above: safemig init writes one", lint.ConfigName)
				}
				c, err := lint.ReadConfig(file, ".")
				if err != nil {
					return err
				}
				for _, e := range c.Entries {
					if !e.Exists() {
						return fmt.Errorf("%s: there is no directory %s", c.Path, e.Dir)
					}
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is right\n", c.Path)
				return nil
			},
		},
		&cobra.Command{
			Use:   "schema",
			Short: "Print the JSON schema of " + lint.ConfigName + ", for editors",
			Args:  cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(lint.ConfigSchema())
			},
		},
	)
	return cmd
}

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Write a commented " + lint.ConfigName + " for the migrations found here",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := lint.Discover(".")
			if err != nil {
				return err
			}
			if _, err := os.Stat(lint.ConfigOther); err == nil {
				return fmt.Errorf("%s is there already: safemig config verify checks it", lint.ConfigOther)
			}
			f, err := os.OpenFile(lint.ConfigName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s is there already: safemig config verify checks it", lint.ConfigName)
			} else if err != nil {
				return fmt.Errorf("write the configuration: %w", err)
			}
			_, err = f.WriteString(initText(found))
			if err = errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("write the configuration: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s written: migration directories found: %d\n", lint.ConfigName, len(found))
			return nil
		},
	}
}

// initText is the file that init writes.
func initText(found []lint.Detected) string {
	var b strings.Builder
	b.WriteString("# What safemig checks here. Every key may be left out.\n\n")
	if len(found) == 0 {
		b.WriteString("# migrations:\n#   - dir: db/migrations\n#     pg: 15                # oldest server major to be safe on\n#     schema: db/base.sql   # what the migrations start from\n")
	} else {
		b.WriteString("migrations:\n")
	}
	for _, d := range found {
		fmt.Fprintf(&b, "  - dir: %s\n    tool: %s  # detected by %s\n    pg: %d  # oldest server major to be safe on\n",
			quoteYAML(d.Dir), d.Tool, strings.Join(strings.Fields(d.Why), " "), lint.DefaultPG)
	}
	b.WriteString(`
# rules:
#   drop-column: warning    # error, warning, info or off; safemig explain lists the rules

# exclude: ["**/seeds/**"]  # globs, relative to this file

# fail-on: error            # least severity that makes the exit status 1

# Migrations that have been applied everywhere need no findings:
# after: "20240101000000"   # report only what comes after this version
# baseline: .safemig-baseline.yml
`)
	return b.String()
}

// quoteYAML quotes a path where YAML might read something else.
func quoteYAML(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" && s[0] != '-' && s != "." {
		return s
	}
	q, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(q)
}
