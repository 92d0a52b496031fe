package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/safemig/safemig/internal/verify"
)

// writeTable writes the measurements that the binary carries.
func writeTable(w io.Writer, format string, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("--table shows what servers were measured to do, and reads no files: %q", args[0])
	}
	if !slices.Contains(verify.TableFormats(), format) {
		return fmt.Errorf("--format %s: with --table, must be one of %s", format, strings.Join(verify.TableFormats(), ", "))
	}
	m, err := verify.Measurements()
	if err != nil {
		return err
	}
	return verify.WriteTable(w, format, m)
}
