package runner

import "testing"

// What Flyway 10.22 recorded for these files.
func TestFlywayChecksum(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want int32
	}{
		{"CREATE TABLE a (id int);\r\n-- ünï\n", -675810368},
		{"\ufeffCREATE TABLE b (id int);", 1128195672},
		{"CREATE TABLE c (id int);\n", -2102380136},
		{"CREATE OR REPLACE VIEW v AS SELECT 1 AS x;\n", -861875769},
	} {
		if got := flywayChecksum([]byte(tt.src)); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.src, got, tt.want)
		}
	}
}

func TestFlywayVersions(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"1", "1.0", 0}, {"01_2", "1.2.0", 0}, {"1.9", "1.10", -1}, {"2", "1_99", 1}, {"20240101000001", "9", 1},
	} {
		if got := compareFlyway(tt.a, tt.b); got != tt.want {
			t.Errorf("%s against %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
