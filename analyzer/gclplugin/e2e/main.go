// Command e2e is golangci-lint with safemig in it: what `golangci-lint custom`
// builds from .custom-gcl.yml, from the module proxy in place of a clone. Its test
// runs it over testdata/sample.
package main

import (
	"fmt"
	"os"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"

	_ "github.com/safemig/safemig/analyzer/gclplugin"
)

func main() {
	if err := commands.Execute(commands.BuildInfo{GoVersion: "unknown", Version: "v2.15.0", Commit: "e2e", Date: "2026"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitcodes.Failure)
	}
}
