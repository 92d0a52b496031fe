package lint_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/safemig/safemig/internal/lint"
)

// history writes a generated history of goose migrations: files in directories,
// 200 to a directory or as many as come out even. It gives the texts, too.
func history(tb testing.TB, files, dirs int) (root string, texts []string) {
	tb.Helper()
	root = tb.TempDir()
	for d := range dirs {
		dir := filepath.Join(root, fmt.Sprintf("service%02d", d), "migrations")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			tb.Fatal(err)
		}
		for i := range files / dirs {
			text := migrationText(i)
			texts = append(texts, text)
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d_change.sql", i+1)), []byte(text), 0o644); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return root, texts
}

// migrationText is the n'th migration of a directory: the statements that real
// histories are made of, on tables that earlier ones created.
func migrationText(n int) string {
	table, older := fmt.Sprintf("things_%d", n/5), fmt.Sprintf("things_%d", max(0, n/5-1))
	up, down := "", ""
	switch n % 5 {
	case 0:
		up = fmt.Sprintf(`CREATE TABLE %[1]s (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email varchar(200),
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),
    amount numeric(12, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX %[1]s_name_idx ON %[1]s (name);
CREATE UNIQUE INDEX %[1]s_email_idx ON %[1]s (lower(email)) WHERE email IS NOT NULL;
`, table)
		down = "DROP TABLE " + table + ";\n"
	case 1:
		up = fmt.Sprintf(`SET lock_timeout = '2s';
ALTER TABLE %[1]s ADD COLUMN owner_id bigint, ADD COLUMN note text DEFAULT '';
ALTER TABLE %[1]s ADD CONSTRAINT %[1]s_owner_fk FOREIGN KEY (owner_id) REFERENCES %[2]s (id) NOT VALID;
COMMENT ON COLUMN %[1]s.note IS 'what people say';
`, table, older)
		down = fmt.Sprintf("ALTER TABLE %[1]s DROP COLUMN owner_id, DROP COLUMN note;\n", table)
	case 2:
		up = fmt.Sprintf(`ALTER TABLE %[1]s VALIDATE CONSTRAINT %[1]s_owner_fk;
ALTER TABLE %[1]s ADD CONSTRAINT %[1]s_email_set CHECK (email IS NOT NULL) NOT VALID;
UPDATE %[1]s SET email = name || '@example.org' WHERE email IS NULL AND id BETWEEN 1 AND 1000;
`, table)
		down = fmt.Sprintf("ALTER TABLE %[1]s DROP CONSTRAINT %[1]s_email_set;\n", table)
	case 3:
		up = fmt.Sprintf(`CREATE OR REPLACE VIEW %[1]s_open AS
    SELECT t.id, t.name, o.name AS owner FROM %[1]s t LEFT JOIN %[2]s o ON o.id = t.owner_id WHERE t.state <> 'done';
CREATE FUNCTION %[1]s_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER touch BEFORE UPDATE ON %[1]s FOR EACH ROW EXECUTE FUNCTION %[1]s_touch();
GRANT SELECT ON %[1]s_open TO PUBLIC;
`, table, older)
		up = strings.Replace(strings.Replace(up, "CREATE FUNCTION", "-- +goose StatementBegin\nCREATE FUNCTION", 1), "$$;\n", "$$;\n-- +goose StatementEnd\n", 1)
		down = fmt.Sprintf("DROP TRIGGER touch ON %[1]s;\nDROP FUNCTION %[1]s_touch();\nDROP VIEW %[1]s_open;\n", table)
	default:
		up = fmt.Sprintf(`ALTER TABLE %[1]s ALTER COLUMN email TYPE text;
INSERT INTO %[1]s (name, email) VALUES ('a', 'a@example.org'), ('b', 'b@example.org'), ('c', NULL);
ALTER TABLE %[1]s RENAME COLUMN note TO remark;
`, table)
		down = fmt.Sprintf("ALTER TABLE %[1]s RENAME COLUMN remark TO note;\n", table)
	}
	return "-- +goose Up\n" + up + "\n-- +goose Down\n" + down
}

func check(tb testing.TB, root string) *lint.Result {
	tb.Helper()
	r, err := lint.Run(context.Background(), lint.Options{Dir: root})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// parse is the cost to compare with: pg_query.Parse of every file.
func parse(tb testing.TB, texts []string, workers int) time.Duration {
	tb.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(texts); i += workers {
				if _, err := pg_query.Parse(texts[i]); err != nil {
					tb.Errorf("%v in %s", err, texts[i])
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// cpuTime is what the process has spent so far, in all threads.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHistory checks 10,000 files end to end. The targets on two cores:
// x/parse at most 1.3, that is, all that safemig does costs less than a third
// of what the parser costs.
func BenchmarkHistory(b *testing.B) {
	for _, files := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			root, texts := history(b, files, files/200)
			r := check(b, root)
			if r.Stats.Migrations != files || r.Stats.SyntaxErrors > 0 {
				b.Fatalf("%+v", r.Stats)
			}
			var checked, alone, parallel, checkedCPU, parsedCPU time.Duration
			for b.Loop() {
				start, cpu := time.Now(), cpuTime(b)
				check(b, root)
				checked += time.Since(start)
				checkedCPU += cpuTime(b) - cpu
				b.StopTimer()
				cpu = cpuTime(b)
				alone += parse(b, texts, 1)
				parsedCPU += cpuTime(b) - cpu
				parallel += parse(b, texts, runtime.GOMAXPROCS(0))
				b.StartTimer()
			}
			b.ReportMetric(float64(checked)/float64(alone), "x/parse")
			b.ReportMetric(float64(checkedCPU)/float64(parsedCPU), "cpu-x/parse")
			b.ReportMetric(float64(checked)/float64(parallel), "x/parallel-parse")
			b.ReportMetric(float64(checked.Microseconds())/float64(b.N)/float64(files), "µs/file")
			b.ReportMetric(float64(r.Stats.Unknown), "unknown")
		})
	}
}

// BenchmarkGrowth is 10,000 files over 1,000; the target is at most 11. One
// directory holds them all: its history is what could grow faster than it should.
func BenchmarkGrowth(b *testing.B) {
	small, _ := history(b, 1_000, 1)
	large, _ := history(b, 10_000, 1)
	var one, ten time.Duration
	for b.Loop() {
		start := time.Now()
		check(b, small)
		one += time.Since(start)
		start = time.Now()
		check(b, large)
		ten += time.Since(start)
	}
	b.ReportMetric(float64(ten)/float64(one), "x/10-times-the-files")
}

// BenchmarkProcess runs the binary: the start with one file (target 20 ms), and
// the memory of 10,000 files at its peak (target 150 MB).
func BenchmarkProcess(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "safemig")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/safemig/safemig/cmd/safemig").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	run := func(b *testing.B, dir string) *syscall.Rusage {
		cmd := exec.Command(bin, "check", "--fail-on", "never", "--format", "json")
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			b.Fatalf("%v: %s", err, stderr.Bytes())
		}
		return cmd.ProcessState.SysUsage().(*syscall.Rusage)
	}
	b.Run("history", func(b *testing.B) {
		dir, texts := history(b, 10_000, 50)
		var checked, alone, parsedCPU, checkedCPU time.Duration
		for b.Loop() {
			start := time.Now()
			u := run(b, dir)
			checked += time.Since(start)
			checkedCPU += time.Duration(u.Utime.Nano() + u.Stime.Nano())
			cpu := cpuTime(b)
			alone += parse(b, texts, 1)
			parsedCPU += cpuTime(b) - cpu
		}
		b.ReportMetric(float64(checked)/float64(alone), "x/parse")
		b.ReportMetric(float64(checkedCPU)/float64(parsedCPU), "cpu-x/parse")
	})
	b.Run("start", func(b *testing.B) {
		dir, _ := history(b, 1, 1)
		best := time.Hour
		for b.Loop() {
			start := time.Now()
			run(b, dir)
			best = min(best, time.Since(start))
		}
		b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
	})
	b.Run("memory", func(b *testing.B) {
		dir, _ := history(b, 10_000, 50)
		var peak int64
		for b.Loop() {
			peak = max(peak, run(b, dir).Maxrss)
		}
		b.ReportMetric(float64(peak)/1024, "peak-MB") // Maxrss is in KB on Linux
	})
	b.Run("memory-one-directory", func(b *testing.B) {
		dir, _ := history(b, 10_000, 1)
		var peak int64
		for b.Loop() {
			peak = max(peak, run(b, dir).Maxrss)
		}
		b.ReportMetric(float64(peak)/1024, "peak-MB")
	})
}
