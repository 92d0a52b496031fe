package audit

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func unpacked(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open("testdata/traces/" + name + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func eachLine(s string, fn func(i int, line string) string) string {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	for i := range lines {
		lines[i] = fn(i, lines[i])
	}
	return strings.Join(lines, "\n") + "\n"
}

var ectoRecord = regexp.MustCompile(`(?m)^(\d\d:\d\d:\d\d\.\d+) \[(\w+)\] +`)

// wrapped are the ways in which a log reaches a file.
var wrapped = map[string]func(string) string{
	"crlf":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"compose": func(s string) string { return eachLine(s, func(_ int, l string) string { return "app-1  | " + l }) },
	"foreman": func(s string) string {
		return eachLine(s, func(_ int, l string) string { return "10:55:00 web.1  | " + l })
	},
	"number": func(s string) string { return eachLine(s, func(_ int, l string) string { return "[2] " + l }) },
	"cri": func(s string) string {
		return eachLine(s, func(_ int, l string) string { return "2026-11-22T10:55:00.123456789Z stdout F " + l })
	},
	"docker json": func(s string) string {
		return eachLine(s, func(_ int, l string) string {
			b, _ := json.Marshal(map[string]string{"log": l + "\n", "stream": "stderr", "time": "2026-11-22T10:55:00.1Z"})
			return string(b)
		})
	},
	"ansi": func(s string) string {
		return eachLine(s, func(_ int, l string) string {
			if l == "" {
				return l
			}
			return "\x1b[36m" + l + "\x1b[0m"
		})
	},
	"bom": func(s string) string { return "\xef\xbb\xbf" + s },
}

// ofEcto are settings of Elixir's Logger.
var ofEcto = map[string]func(string) string{
	"old padding": func(s string) string {
		return regexp.MustCompile(`\[(info|warn)\] `).ReplaceAllString(s, "[$1]  ")
	},
	"dates": func(s string) string {
		return ectoRecord.ReplaceAllString(s, "2026-11-22 $1 [$2] ")
	},
	"metadata": func(s string) string {
		return ectoRecord.ReplaceAllString(s, "$1 pid=<0.406.0> application=shop [$2] ")
	},
	"no blank lines": func(s string) string { return strings.ReplaceAll(s, "\n\n", "\n") },
	"stack": func(s string) string {
		return regexp.MustCompile(`(?m)^(.* \[\])$`).ReplaceAllString(s, "$1\n↳ anonymous fn/0 in Shop.Repo.Migrations.A.change/0, at: priv/repo/migrations/a.exs:9")
	},
	"json": func(s string) string {
		var out []string
		at := ectoRecord.FindAllStringSubmatchIndex(s, -1)
		for i, m := range at {
			end := len(s)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			b, _ := json.Marshal(map[string]any{"time": "2026-11-22T" + s[m[2]:m[3]] + "Z", "severity": "debug", "message": strings.TrimSpace(s[m[1]:end]), "metadata": map[string]any{"pid": "<0.406.0>"}})
			out = append(out, string(b))
		}
		return strings.Join(out, "\n") + "\n"
	},
}

func TestVariants(t *testing.T) {
	names, _ := filepath.Glob("testdata/traces/*.gz")
	for _, p := range names {
		name := strings.TrimSuffix(filepath.Base(p), ".gz")
		if strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".sql") {
			continue
		}
		text := unpacked(t, name)
		want := judgedText(t, []byte(text))
		variants := map[string]func(string) string{}
		for k, fn := range wrapped {
			variants[k] = fn
		}
		if strings.HasSuffix(name, ".ecto.log") {
			for k, fn := range ofEcto {
				if k == "json" && strings.HasPrefix(name, "n4") {
					continue // its warning is not Logger's
				}
				variants[k] = fn
			}
		} else if strings.HasSuffix(name, ".pg.log") {
			variants["syslog"] = asSyslog
		}
		for k, fn := range variants {
			t.Run(name+" "+k, func(t *testing.T) {
				if got := judgedText(t, []byte(fn(text))); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// asSyslog writes a stderr log as syslog has it.
func asSyslog(s string) string {
	piece, entry := 0, 0
	return eachLine(s, func(_ int, l string) string {
		if rest, ok := strings.CutPrefix(l, "\t"); ok {
			piece++
			return fmt.Sprintf("Nov 22 10:55:00 db1 postgres[26676]: [%d-%d] #011%s", entry, piece, rest)
		}
		entry++
		piece = 1
		return fmt.Sprintf("Nov 22 10:55:00 db1 postgres[26676]: [%d-%d] %s", entry, piece, l)
	})
}

// TestWoven judges two nodes whose lines alternate in one file.
func TestWoven(t *testing.T) {
	a := strings.Split(unpacked(t, "n2_advisory_cic.ecto.log"), "\n")
	b := strings.Split(unpacked(t, "seed2_execute.ecto.log"), "\n")
	var out strings.Builder
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			out.WriteString("app-1  | " + a[i] + "\n")
		}
		if i < len(b) {
			out.WriteString("app-2  | " + b[i] + "\n")
		}
	}
	got := judgedText(t, []byte(out.String()))
	for _, want := range []string{"20220101000002: pass", "20211208193432: fail lock-released-before-record", "20211122192918: pass"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestTogether judges nodes and server of one run together.
func TestTogether(t *testing.T) {
	dir := "testdata/traces/"
	for _, x := range []struct {
		want  string
		paths []string
	}{
		{"pass", []string{dir + "n8_two_nodes.A.ecto.log.gz", dir + "n8_two_nodes.B.ecto.log.gz"}},
		{"pass", []string{dir + "n8_two_nodes.A.ecto.log.gz", dir + "n8_two_nodes.B.ecto.log.gz", dir + "n8_two_nodes.pg.log.gz"}},
		{"fail", []string{"../../testdata/seed/seed-log-1.log", "../../testdata/seed/seed-log-1.server.log"}},
	} {
		if got := judged(t, ReadOptions{}, x.paths...); !strings.HasPrefix(got, x.want+"\n") {
			t.Errorf("%v: %s", x.paths, got)
		}
	}
}

// TestThread reads the thread, prose and all.
func TestThread(t *testing.T) {
	got := judged(t, ReadOptions{}, "../../testdata/seed/thread.txt")
	for _, rule := range []string{" unlock-on-other-session", " missing-unlock", " try-lock-result-ignored", " lock-released-before-record"} {
		if !strings.Contains(got, rule) {
			t.Errorf("no%s in %s", rule, got)
		}
	}
}

// TestCut reads every log from any line on, and up to any: it says what it can.
func TestCut(t *testing.T) {
	for _, name := range []string{"n8_two_nodes.pg.log", "seed2_execute.pg.csv", "n17_kill.pg.json", "seed1_query.ecto.log", "rails61_migrate.log"} {
		text := unpacked(t, name)
		for i := 0; i < len(text); i += 97 {
			for _, part := range []string{text[i:], text[:i]} {
				_, _ = Read([]Input{{"log", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(part))), nil }}}, ReadOptions{})
			}
		}
	}
}
