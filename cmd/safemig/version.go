package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// grammar is the major whose grammar the parser has (pg_query_go/v5).
const grammar = 16

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the grammar",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintf(cmd.OutOrStdout(), "safemig %s\n", version())
			if c := commit(); c != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "commit  %s\n", c)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "grammar PostgreSQL %d, with additions up to 19\n", grammar)
			fmt.Fprintf(cmd.OutOrStdout(), "built   %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// version is the module's version; "devel" for a build from a working tree.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// commit is what the binary was built from; "" where the build does not say.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = " with changes"
			}
		}
	}
	if revision == "" {
		return ""
	}
	return revision + modified
}
