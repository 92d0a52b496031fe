package rules_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

var (
	probeFile = regexp.MustCompile(`(?m)^-- file: (\S+)\n`)
	probeHead = regexp.MustCompile(`^(.*?)((?: (?:tool|pg)=\S+)*) \| (.*)$`)
)

// TestProbes holds the findings of many small migrations against what an expert
// said of each.
func TestProbes(t *testing.T) {
	text, err := os.ReadFile("testdata/probes.txt")
	if err != nil {
		t.Fatal(err)
	}
	silent, cases := 0, strings.Split("\n"+string(text), "\n### ")[1:]
	for _, c := range cases {
		head, body, _ := strings.Cut(c, "\n")
		m := probeHead.FindStringSubmatch(head)
		if m == nil {
			t.Fatalf("not the head of a case: %q", head)
		}
		o := lint.Options{FS: probeFiles(body), Tool: "plain", PG: 15, Severity: map[string]rules.Severity{"table-without-primary-key": rules.Off}}
		for _, opt := range strings.Fields(m[2]) {
			if v, ok := strings.CutPrefix(opt, "tool="); ok {
				o.Tool = v
			} else {
				o.PG, _ = strconv.Atoi(strings.TrimPrefix(opt, "pg="))
			}
		}
		r, err := lint.Run(context.Background(), o)
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		got := []string{}
		for _, f := range r.Findings {
			if f.Rule.ID != "lock-timeout-missing" || strings.Contains(m[3], f.Rule.ID) {
				got = append(got, f.Rule.ID)
			}
		}
		slices.Sort(got)
		got = slices.Compact(got)
		want := strings.Fields(strings.Replace(m[3], "silent", "", 1))
		if len(want) == 0 {
			silent++
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v\n%s", m[1], got, want, body)
		}
	}
	if len(cases) < 250 || silent < len(cases)/3 {
		t.Errorf("%d probes, of which %d are silent, are too few", len(cases), silent)
	}
}

func probeFiles(body string) fstest.MapFS {
	out := fstest.MapFS{}
	name, at := "0001_a.sql", 0
	put := func(end int) {
		if strings.TrimSpace(body[at:end]) != "" {
			out[name] = &fstest.MapFile{Data: []byte(body[at:end])}
		}
	}
	for _, m := range probeFile.FindAllStringSubmatchIndex(body, -1) {
		put(m[0])
		name, at = body[m[2]:m[3]], m[1]
	}
	put(len(body))
	return out
}
