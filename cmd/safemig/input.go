package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/internal/migration"
)

// stdinName is what standard input is called when nobody says.
const stdinName = "<stdin>"

// input is the flags that say what is read, and how.
type input struct {
	tool, transaction, schema, stdinFile, config string
	pg                                           int
}

func (in *input) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&in.tool, "tool", "", "migration tool: "+strings.Join(lint.Tools(), ", ")+" (default: detected)")
	f.IntVar(&in.pg, "pg", 0, fmt.Sprintf("oldest server major to be safe on, %d to %d (default %d)", lint.MinPG, lint.MaxPG, lint.DefaultPG))
	f.StringVar(&in.schema, "schema", "", "SQL `file` that the migrations start from: a dump or a fixture")
	f.StringVar(&in.transaction, "transaction", "", "for plain files, how one is run: file, none or statement (default file)")
	f.StringVar(&in.stdinFile, "stdin-filename", "", "the `path` that standard input stands for")
	f.StringVar(&in.config, "config", "", "configuration `file` (default: the nearest "+lint.ConfigName+" upwards)")
	for _, alias := range []string{"stdin-filepath", "stdin-file-path"} { // squawk, prettier; biome
		f.StringVar(&in.stdinFile, alias, "", "")
		_ = f.MarkHidden(alias)
	}
	_ = cmd.RegisterFlagCompletionFunc("tool", cobra.FixedCompletions(lint.Tools(), cobra.ShellCompDirectiveNoFileComp))
}

// options gives what the flags and arguments say.
func (in *input) options(cmd *cobra.Command, args []string) (lint.Options, error) {
	config, err := in.readConfig()
	if err != nil {
		return lint.Options{}, err
	}
	o := lint.Options{Config: config, Tool: in.tool, PG: in.pg, Schema: in.schema, Paths: args}
	if cmd.Flags().Changed("pg") && (in.pg < lint.MinPG || in.pg > lint.MaxPG) {
		return o, fmt.Errorf("--pg %d: safemig knows the majors %d to %d", in.pg, lint.MinPG, lint.MaxPG)
	}
	switch in.transaction {
	case "":
	case "file":
		o.Transaction, o.HasWrap = migration.WrapFile, true
	case "none":
		o.Transaction, o.HasWrap = migration.WrapNone, true
	case "statement":
		o.Transaction, o.HasWrap = migration.WrapStatement, true
	default:
		return o, fmt.Errorf("--transaction %s: must be file, none or statement", in.transaction)
	}
	if o.HasWrap && o.Tool == "" {
		o.Tool = "plain"
	} else if o.HasWrap && o.Tool != "plain" {
		return o, fmt.Errorf("--transaction is for --tool plain: %s says itself how it runs a file", o.Tool)
	}
	for i, a := range args {
		if a != "-" {
			continue
		}
		if o.Overlay != nil {
			return o, errors.New("standard input can be read once: one '-' is enough")
		}
		src, err := io.ReadAll(cmd.InOrStdin())
		if err != nil {
			return o, fmt.Errorf("read standard input: %w", err)
		}
		name := in.stdinFile
		if name == "" {
			name = stdinName
		}
		o.Paths[i] = name
		o.Overlay = map[string][]byte{name: src}
	}
	if in.stdinFile != "" && o.Overlay == nil {
		return o, fmt.Errorf("--stdin-filename needs '-' among the paths: safemig %s --stdin-filename %s -", cmd.Name(), in.stdinFile)
	}
	return o, nil
}

// readConfig gives the configuration; nil where there is none.
func (in *input) readConfig() (*lint.Config, error) {
	file := in.config
	if file == "" {
		var err error
		if file, err = lint.FindConfig("."); err != nil || file == "" {
			return nil, err
		}
	}
	return lint.ReadConfig(file, ".")
}

// colors tells whether to write in colour. See https://no-color.org.
func colors(when string, w io.Writer) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		f, ok := w.(*os.File)
		return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f), nil
	}
	return false, fmt.Errorf("--color %s: must be auto, always or never", when)
}
