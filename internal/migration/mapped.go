package migration

import (
	"bytes"
	"html"
)

// mapped is a text under way that is made from another language, with where each
// piece of it stands in the file.
type mapped struct {
	src  []byte // of the file
	text []byte
	segs []Segment
}

// made adds text that is not in the file and stands for a place in it.
func (m *mapped) made(text string, at int) {
	if text != "" {
		m.segs = append(m.segs, Segment{Text: len(m.text), File: at})
		m.text = append(m.text, text...)
	}
}

// kept adds text as it is in the file.
func (m *mapped) kept(at Span) {
	if at.Len() > 0 {
		m.segs = append(m.segs, Segment{Text: len(m.text), File: at.Start, Len: at.Len()})
		m.text = append(m.text, m.src[at.Start:at.End]...)
	}
}

// value adds what an XML value stands for.
func (m *mapped) value(v xmlValue) {
	switch {
	case v.made:
		m.made(v.is, v.at.Start)
		return
	case v.raw:
		m.kept(v.at)
		return
	}
	for at := v.at; at.Len() > 0; {
		raw := m.src[at.Start:at.End]
		amp := bytes.IndexByte(raw, '&')
		semi := bytes.IndexByte(raw[max(amp, 0):], ';')
		if amp < 0 || semi < 0 {
			m.kept(at)
			return
		}
		m.kept(Span{at.Start, at.Start + amp})
		m.made(html.UnescapeString(string(raw[amp:amp+semi+1])), at.Start+amp)
		at.Start += amp + semi + 1
	}
}

// section is the text as a section.
func (m *mapped) section(f *File, run Run) Section {
	return Section{File: f, Text: m.text, Map: SourceMap{Segments: m.segs}, Run: run}
}
