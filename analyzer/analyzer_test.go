package analyzer_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/safemig/safemig/analyzer"
)

// The cases import the real libraries: testdata/sinks is a module of its own.
func sinks(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/sinks")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// One run for all: their dependencies are type-checked once.
func TestSinks(t *testing.T) {
	analysistest.Run(t, sinks(t), analyzer.New(analyzer.Options{}), "./stdsql", "./positions", "./pgxsink", "./sqlxsink", "./gormsink",
		"./bunsink", "./goosemig", "./gormmig", "./gormmigdefault", "./sqlmig", "./locks", "./neverunlock")
}

func TestOwnSinks(t *testing.T) {
	analysistest.Run(t, sinks(t), analyzer.New(analyzer.Options{Sinks: []analyzer.Sink{
		{Func: "(*example.org/sinks/own.Store).Run", Arg: 1, Class: "pool"},
		{Func: "example.org/sinks/own.Store.RunInTx", Arg: 0, Class: "tx"},
		{Func: "example.org/sinks/own.Send", Arg: 0},
	}}), "./own")
}

// TestEmbeds: one diagnostic a directive, for what is embedded and is migrations.
func TestEmbeds(t *testing.T) {
	analysistest.Run(t, sinks(t), analyzer.New(analyzer.Options{EmbedAt: analyzer.EmbedAtDirective}), "./embeds")
}
