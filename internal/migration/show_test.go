package migration

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

var wraps = map[Wrap]string{WrapNone: "none", WrapFile: "file", WrapAll: "all", WrapStatement: "statement"}

// show writes a migration as text: a line for each section with its transaction,
// a quoted line for each batch, a line for each refusal.
func show(m Migration) string {
	var b strings.Builder
	for dir, sections := range [][]Section{m.Up, m.Down} {
		for _, s := range sections {
			fmt.Fprintf(&b, "%s %s\n", []string{"up", "down"}[dir], wraps[s.Run.Wrap])
			if s.Run.Batches == nil {
				fmt.Fprintf(&b, "  each of %q\n", s.Text)
			}
			for _, at := range s.Run.Batches {
				fmt.Fprintf(&b, "  %q\n", s.Text[at.Start:at.End])
			}
		}
	}
	for _, e := range m.Errs {
		fmt.Fprintf(&b, "%q: %s\n", e.File.Src[e.Span.Start:e.Span.End], e.Msg)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// showDir writes what a directory of empty or given files is read as: a line for
// each migration, version, name, files of its sections, refusals.
func showDir(t *testing.T, f Format, files map[string]string) string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	ms, err := f.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range ms {
		line := fmt.Sprintf("%q %q", m.Version, m.Name)
		for _, s := range m.Up {
			line += " up " + s.File.Path
		}
		for _, s := range m.Down {
			line += " down " + s.File.Path
		}
		for _, e := range m.Errs {
			line += fmt.Sprintf("; %s: %s", e.File.Path, e.Msg)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// readOne reads a text by a format and checks what every reader promises: the
// text of a section is that of the file, batches are in order and inside of it,
// refusals lie in the file and say what to do.
func readOne(t *testing.T, tool, path, text string) Migration {
	t.Helper()
	f, ok := FormatByName(tool)
	if !ok {
		t.Fatalf("no format %q", tool)
	}
	m := f.ReadFile(&File{Path: path, Src: []byte(text)})
	checkRead(t, m)
	if string(m.File.Src) != text {
		t.Errorf("the reader changed the file")
	}
	return m
}

func checkRead(t *testing.T, m Migration) {
	t.Helper()
	for _, s := range append(append([]Section{}, m.Up...), m.Down...) {
		at := s.Map.Span(Span{0, len(s.Text)})
		if len(s.Map.Segments) > 0 {
			checkMap(t, s)
		} else if at.Start < 0 || at.End > len(s.File.Src) || !sameBreaks(s.File.Src[at.Start:at.End], s.Text) {
			t.Errorf("section %q is not what stands at %v of the file", s.Text, at)
		}
		last := 0
		for _, b := range s.Run.Batches {
			if b.Start < last || b.End < b.Start || b.End > len(s.Text) {
				t.Errorf("batches %v of %d bytes", s.Run.Batches, len(s.Text))
			}
			last = b.End
		}
	}
	for _, e := range m.Errs {
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(e.File.Src) {
			t.Errorf("%v: span %v of %d bytes", e, e.Span, len(e.File.Src))
		}
		if e.Msg == "" || e.Hint == "" {
			t.Errorf("a refusal needs words: %+v", e)
		}
	}
}

// checkMap: what a section has from its file stands there, and nothing is outside.
func checkMap(t *testing.T, s Section) {
	t.Helper()
	for i, g := range s.Map.Segments {
		end := len(s.Text)
		if i+1 < len(s.Map.Segments) {
			end = s.Map.Segments[i+1].Text
		}
		switch {
		case g.Text < 0 || g.Text+g.Len > end || end < g.Text || g.File < 0 || g.File+g.Len > len(s.File.Src):
			t.Fatalf("segment %+v of %d bytes, up to %d", g, len(s.File.Src), end)
		case !bytes.Equal(breaks(s.File.Src[g.File:g.File+g.Len]), breaks(s.Text[g.Text:g.Text+g.Len])):
			t.Errorf("%q is not what stands at %d of the file", s.Text[g.Text:g.Text+g.Len], g.File)
		}
	}
	for _, o := range s.Opaque {
		if o.Span.Start < 0 || o.Span.End < o.Span.Start || o.Span.End > len(s.File.Src) || o.What == "" {
			t.Errorf("opaque %+v", o)
		}
	}
}

// breaks leaves a text's length and line ends: placeholders may be masked.
// sameBreaks tells whether a text has the file's lines, but for a semicolon where lines
// end a statement.
func sameBreaks(src, text []byte) bool {
	if len(src) != len(text) {
		return false
	}
	for i := range src {
		if a, b := breaks(src[i : i+1])[0], breaks(text[i : i+1])[0]; a != b && text[i] != ';' {
			return false
		}
	}
	return true
}

func breaks(text []byte) []byte {
	out := bytes.Repeat([]byte{'x'}, len(text))
	for i, b := range text {
		if b == '\n' || b == '\r' {
			out[i] = b
		}
	}
	return out
}

// fuzz runs a format over whatever bytes there are.
func fuzz(f *testing.F, tool, path string, seeds ...string) {
	for _, s := range append(seeds, "", "\xef\xbb\xbf", "\r\n", "\x00;", "SELECT '\xff';\n", "-- x") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m := readOne(t, tool, path, string(src))
		if len(m.Up)+len(m.Down) == 0 {
			t.Error("no section: the file would be passed over in silence")
		}
	})
}

func lines(s ...string) string { return strings.Join(s, "\n") }
