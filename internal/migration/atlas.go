package migration

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// atlasOptOut is the file directive that turns the transaction off.
const atlasOptOut = "-- atlas:txmode none"

// atlas reads directories of Atlas in its own layout: <version>_<name>.sql in the
// order of the names, beside atlas.sum. A file is a transaction and each of its
// statements a message; "-- atlas:txmode none", in the comments that the file
// begins with and that an empty line ends, turns it off. Of atlas.hcl the first
// tx_mode counts: none for all files, or all pending files in one transaction.
//
// "-- atlas:delimiter" in the first line cuts the file where it says and nowhere else:
// what stands between is one message. What is above a checkpoint is read as history
// all the same. With format = golang-migrate in atlas.hcl the files are pairs of .up.sql
// and .down.sql; other tools' layouts that it may name are read as those tools run
// them, which is not as Atlas does.
func atlas() Format {
	return flat[atlasSettings]{
		format: Format{Name: "atlas", Detect: detectAtlas, Owns: func(name string) bool { return strings.HasSuffix(name, ".sql") },
			Late: "refuses it, where exec-order is linear"},
		settings: readAtlasSettings,
		file:     atlasFile,
		pairs:    true, // none in Atlas' own layout, where every file goes up
		byName:   true, asWritten: true, duplicate: "atlas refuses two files of one version",
	}.build()
}

type atlasSettings struct {
	wrap Wrap // that of all files; the zero value is taken for WrapFile
	set  bool

	golangMigrate bool // files are named as golang-migrate's
}

func readAtlasSettings(fsys fs.FS) (s atlasSettings) {
	f, ok := above(fsys, "atlas.hcl")
	if !ok {
		return s
	}
	_, s.golangMigrate = atlasDir(fsys)
	mode, ok := setting(f.src, "tx_mode", "tx-mode")
	s.set = ok
	switch mode {
	case "none":
		s.wrap = WrapNone
	case "all":
		s.wrap = WrapAll
	default:
		s.wrap = WrapFile
	}
	return s
}

// atlasDir tells whether atlas.hcl names the directory, and as one of golang-migrate's
// layout. Of those of other tools it says no.
func atlasDir(fsys fs.FS) (named, golangMigrate bool) {
	f, ok := above(fsys, "atlas.hcl")
	if !ok {
		return false, false
	}
	dir, _ := setting(f.src, "dir")
	dir, query, _ := strings.Cut(strings.TrimPrefix(dir, "file://"), "?")
	format, _ := setting(f.src, "format")
	format = cmp.Or(strings.TrimPrefix(query, "format="), format, "atlas")
	if dir = strings.Trim(dir, "./"); dir == "" || !strings.HasSuffix("/"+where(fsys), "/"+dir) {
		return false, false
	}
	return format == "atlas" || format == "golang-migrate", format == "golang-migrate"
}

// atlasDirective is ^([ -~]*)atlas:(\w+)(?: +(.+))*.
var atlasDirective = regexp.MustCompile(`^([ -~]*)atlas:(\w+)(?: +(.+))*`)

func atlasFile(f *File, set atlasSettings) Migration {
	m := Migration{File: f}
	base := strings.TrimSuffix(f.base(), ".sql")
	down := false
	if set.golangMigrate {
		base, down = strings.CutSuffix(base, ".down")
		base = strings.TrimSuffix(base, ".up")
	}
	m.Version, m.Name, _ = strings.Cut(base, "_")
	m.refuseBOM(bomIsSyntax)
	run := Run{Wrap: WrapFile, OptOut: atlasOptOut}
	if set.set {
		run.Wrap = set.wrap
	}
	s := f.each(run)
	end := atlasHeader(f.Src)
	for off := textStart(f.Src); off < len(f.Src); {
		line, next := cutLine(f.Src, off)
		at := Span{off, off + len(line)}
		inHeader := off < end
		off = next
		if !bytes.HasPrefix(line, []byte("-")) && !bytes.HasPrefix(line, []byte("#")) {
			if len(bytes.TrimSpace(line)) > 0 {
				break
			}
			continue
		}
		d := atlasDirective.FindSubmatch(line)
		if d == nil || string(d[2]) != "txmode" {
			continue
		}
		mode := strings.TrimSpace(string(d[3]))
		switch {
		case !inHeader:
			s.Notes = append(s.Notes, Note{NoteOptOutIgnored, f, at, "atlas takes this for a directive of the statement below: the file runs in a transaction",
				"put an empty line below it, so that it is the file's"})
		case mode != "none" && mode != "file":
			m.refuse(at, fmt.Sprintf("atlas refuses txmode %q in a file", mode), "write "+atlasOptOut+" or -- atlas:txmode file")
		case set.wrap == WrapAll:
			m.refuse(at, "atlas refuses txmode in a file where tx-mode is all", "remove tx_mode = \"all\" from atlas.hcl, or this line")
		case mode == "none":
			s.Run.Wrap = WrapNone
		default:
			s.Run.Wrap = WrapFile
		}
	}
	m.put(s.atlasSplit().masked(goTemplate), down)
	return m
}

// atlasAlone is what the author does with a statement that must be alone in its piece.
const atlasAlone = "put the delimiter of the first line between it and the others"

// atlasSplit cuts a file at the delimiter that its first line sets, outside of quotes,
// comments and parentheses, as Scanner of ariga.io/atlas does: \n, \r and \t stand for
// what they are elsewhere. In the delimiter's place stands a semicolon.
func (s Section) atlasSplit() Section {
	line, next := cutLine(s.Text, 0)
	d := atlasDirective.FindSubmatch(line)
	if d == nil || string(d[2]) != "delimiter" || string(d[1]) != "-- " || len(d[3]) == 0 {
		return s
	}
	mark := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(string(d[3]))
	text := bytes.Clone(s.Text)
	s.Run.Batches, s.Run.Alone = []Span{}, atlasAlone
	start := next
	send := func(end int) {
		if len(bytes.TrimSpace(text[start:end])) > 0 {
			s.Run.Batches = append(s.Run.Batches, Span{start, end})
		}
	}
	parens := 0
	for i := next; i < len(text); {
		at := bytes.HasPrefix(s.Text[i:], []byte(mark))
		if at && parens <= 0 {
			end := i + len(mark)
			blankBytes(text, i, end)
			if done := bytes.TrimRight(text[start:i], " \t\r\n"); len(done) > 0 && done[len(done)-1] != ';' {
				text[i] = ';'
			}
			send(i)
			start, i = end, end
			continue
		}
		if isBlank(s.Text[i]) {
			i++
			continue
		}
		t := scanSQL(s.Text, i)
		switch {
		case t.kind == sqlOther && s.Text[i] == '(':
			parens++
		case t.kind == sqlOther && s.Text[i] == ')':
			parens--
		case t.kind == sqlWord, t.kind == sqlOther:
			t.end = i + 1 // the delimiter may begin in it
		}
		i = t.end
	}
	send(len(text))
	s.Text = text
	return s
}

// atlasHeader is the end of the comments that the file begins with, if an empty
// line or the end follows them; else 0.
func atlasHeader(src []byte) int {
	off := textStart(src)
	for off < len(src) {
		line, next := cutLine(src, off)
		switch {
		case bytes.HasPrefix(line, []byte("--")), bytes.HasPrefix(line, []byte("#")):
			off = next
			continue
		case len(line) == 0:
			return off
		}
		return 0
	}
	return off
}

// detectAtlas: the other tools whose layouts Atlas writes keep an atlas.sum too.
func detectAtlas(fsys fs.FS) (int, string) {
	if len(sqlNames(fsys)) == 0 {
		return 0, ""
	}
	named, golangMigrate := atlasDir(fsys)
	if named && golangMigrate {
		return 96, "golang-migrate's layout in atlas.hcl"
	}
	if has(fsys, "atlas.sum") {
		for _, name := range sqlNames(fsys) {
			if ownsGolangMigrate(name) || flywayDefaults.read(name).kind == 'V' {
				return 65, "atlas.sum"
			}
		}
		return 94, "atlas.sum"
	}
	if f, ok := above(fsys, "atlas.hcl"); ok && named {
		return 90, f.at
	}
	return marked(fsys, ownsPlain, func(line []byte) bool {
		return bytes.HasPrefix(line, []byte("-- atlas:txmode ")) || bytes.HasPrefix(line, []byte("-- atlas:checkpoint"))
	})
}
