package main

import (
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/safemig/safemig/analyzer"
)

// asVetTool tells whether go vet runs this binary: go vet -vettool=$(which safemig).
// It asks for the version, for the flags, and then once per package, with a file
// that ends in .cfg; see unitchecker.Main.
func asVetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	if len(args) == 1 && (args[0] == "-V=full" || args[0] == "-flags") {
		return true
	}
	for _, a := range args[:len(args)-1] {
		if !strings.HasPrefix(a, "-") {
			return false
		}
	}
	return strings.HasSuffix(args[len(args)-1], ".cfg")
}

// vet does not return.
func vet() { unitchecker.Main(analyzer.Analyzer) }
