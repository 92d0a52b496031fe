package pgsql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/safemig/safemig/internal/migration"
)

func TestAssign(t *testing.T) {
	type run = migration.Run
	whole := func(text string) []migration.Span { return []migration.Span{{Start: 0, End: len(text)}} }
	// A want of "1t 1t 2-": IDs, and - none, t tool, x explicit, i implicit, p pipeline.
	// Sections are parted by "|" in text and want; a run with Batches gets one for all.
	for _, c := range []struct {
		name, text string
		run        run
		want       string
	}{
		{"autocommit", "SELECT 1; SELECT 2", run{}, "1- 2-"},
		{"tool around the file", "SELECT 1; SELECT 2|SELECT 3", run{Wrap: migration.WrapFile}, "1t 1t|2t"},
		{"tool around all", "SELECT 1; SELECT 2|SELECT 3", run{Wrap: migration.WrapAll}, "1t 1t|1t"},
		{"tool around statements", "SELECT 1; SELECT 2|SELECT 3", run{Wrap: migration.WrapStatement}, "1t 2t|3t"},
		{"explicit", "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3", run{}, "1- 2x 2x 2x 3-"},
		{"start and end", "START TRANSACTION; SELECT 2; END; BEGIN; ABORT", run{}, "1x 1x 1x 2x 2x"},
		{"left open", "BEGIN; SELECT 1|SELECT 2", run{}, "1x 1x|2-"},
		{"begin in the tool's", "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3; SELECT 4|SELECT 5", run{Wrap: migration.WrapFile}, "1t 1t 1t 1t 2- 3-|4t"},
		{"commit in the tool's", "SELECT 1; COMMIT; SELECT 2; BEGIN; SELECT 3; COMMIT; SELECT 4", run{Wrap: migration.WrapFile}, "1t 1t 2- 3x 3x 3x 4-"},
		{"commit in the one around all", "SELECT 1; COMMIT; SELECT 2|SELECT 3", run{Wrap: migration.WrapAll}, "1t 1t 2-|3t"},
		{"commit in a statement's", "SELECT 1; COMMIT; SELECT 2", run{Wrap: migration.WrapStatement}, "1t 2t 3t"},
		{"chain", "BEGIN; COMMIT AND CHAIN; SELECT 1; ROLLBACK AND CHAIN; SELECT 2; COMMIT; SELECT 3", run{}, "1x 1x 2x 2x 3x 3x 4-"},
		{"savepoints", "BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; SELECT 1; COMMIT", run{}, "1x 1x 1x 1x 1x 1x"},
		{"prepare", "BEGIN; SELECT 1; PREPARE TRANSACTION 'x'; SELECT 2; COMMIT PREPARED 'x'", run{}, "1x 1x 1x 2- 3-"},
		{"commit without begin", "SELECT 1; COMMIT; SELECT 2", run{}, "1- 2- 3-"},

		{"message", "SELECT 1; SELECT 2", run{Batches: whole("")}, "1i 1i"},
		{"message of one", "SELECT 1;", run{Batches: whole("")}, "1-"},
		{"begin in a message", "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3", run{Batches: whole("")}, "1i 1x 1x 1x 2i"},
		{"begin first in a message", "BEGIN; SELECT 2; COMMIT", run{Batches: whole("")}, "1x 1x 1x"},
		{"commit in a message", "SELECT 1; COMMIT; SELECT 2; SELECT 3", run{Batches: whole("")}, "1i 1i 2i 2i"},
		{"chain in a message", "SELECT 1; COMMIT AND CHAIN; SELECT 2", run{Batches: whole("")}, "1i 1i 2i"},
		{"commit in the tool's message", "SELECT 1; COMMIT; SELECT 2; SELECT 3", run{Wrap: migration.WrapFile, Batches: whole("")}, "1t 1t 2i 2i"},
		{"message in the tool's", "SELECT 1; SELECT 2", run{Wrap: migration.WrapFile, Batches: whole("")}, "1t 1t"},
		{"message with a bad statement", "SELECT 1; FOO; SELECT 2", run{Batches: whole("")}, "1i 1i 1i"},

		{"pipeline", "SELECT 1; SELECT 2; SELECT 3|SELECT 4", run{Pipeline: true}, "1- 1p 1p|2-"},
		{"begin in a pipeline", "BEGIN; SELECT 2; COMMIT; SELECT 3", run{Pipeline: true}, "1x 1x 1x 2p"},
		{"pipeline in the tool's", "SELECT 1; SELECT 2", run{Wrap: migration.WrapFile, Pipeline: true}, "1t 1t"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var x Session
			var got []string
			for _, text := range strings.Split(c.text, "|") {
				sec := section(text)
				sec.Run = c.run
				if c.run.Batches != nil {
					sec.Run.Batches = whole(text)
				}
				stmts := Parse(sec)
				x.Assign(sec, stmts)
				var one []string
				for _, s := range stmts {
					one = append(one, fmt.Sprintf("%d%c", s.Tx.ID, "-txip"[s.Tx.Kind]))
				}
				got = append(got, strings.Join(one, " "))
			}
			if g := strings.Join(got, "|"); g != c.want {
				t.Errorf("got %s, want %s", g, c.want)
			}
		})
	}
}

// TestAssignBatches: an explicit transaction goes on over messages, an implicit one does not.
func TestAssignBatches(t *testing.T) {
	text := "SELECT 1; SELECT 2;/**/SELECT 3;/**/BEGIN; SELECT 4;/**/SELECT 5; COMMIT; SELECT 6"
	sec := section(text)
	off := 0
	for _, b := range strings.SplitAfter(text, "/**/") {
		sec.Run.Batches = append(sec.Run.Batches, migration.Span{Start: off, End: off + len(b)})
		off += len(b)
	}
	stmts := Parse(sec)
	var x Session
	x.Assign(sec, stmts)
	var got []string
	for _, s := range stmts {
		got = append(got, fmt.Sprintf("%d%c", s.Tx.ID, "-txip"[s.Tx.Kind]))
	}
	if g, want := strings.Join(got, " "), "1i 1i 2- 3x 3x 3x 3x 4i"; g != want {
		t.Errorf("got %s, want %s", g, want)
	}
}

func TestTxControl(t *testing.T) {
	for text, want := range map[string]TxControl{
		"BEGIN":                       {Op: TxOpBegin},
		"START TRANSACTION":           {Op: TxOpBegin},
		"END":                         {Op: TxOpCommit},
		"COMMIT AND CHAIN":            {Op: TxOpCommit, Chain: true},
		"ABORT":                       {Op: TxOpRollback},
		"SAVEPOINT a":                 {Op: TxOpSavepoint, Name: "a"},
		"RELEASE a":                   {Op: TxOpRelease, Name: "a"},
		"ROLLBACK TO SAVEPOINT \"B\"": {Op: TxOpRollbackTo, Name: "B"},
		"PREPARE TRANSACTION 'x'":     {Op: TxOpPrepare, Name: "x"},
		"COMMIT PREPARED 'x'":         {Op: TxOpCommitPrepared, Name: "x"},
		"ROLLBACK PREPARED 'x'":       {Op: TxOpRollbackPrepared, Name: "x"},
		"SELECT 1":                    {},
		"FOO":                         {},
	} {
		stmts := Parse(section(text))
		if got := stmts[0].TxControl(); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}
