package migration

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// xmlElement is an element of an XML file, with its places in the file.
type xmlElement struct {
	name  string // without its prefix
	at    Span   // from < to >
	attrs []xmlValue
	kids  []*xmlElement
	text  []xmlValue // its own, without that of kids
	notes []Span     // comments, from <!-- to -->
}

// xmlValue is an attribute or a piece of text.
type xmlValue struct {
	name string
	is   string // what it stands for
	at   Span   // where it is written, without quotes
	in   Span   // its element
	raw  bool   // it is CDATA, or no XML: & stands for itself
	made bool   // it is not in the file as it reads; at is where it begins
}

// readXML reads what is well-formed of a file: at the first fault it ends, with
// the elements that are complete and a place for the fault.
func readXML(src []byte) (root *xmlElement, fault int, err error) {
	root = &xmlElement{}
	open := []*xmlElement{root}
	d := xml.NewDecoder(bytes.NewReader(src))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // what is no UTF-8 is a fault
	for {
		from := int(d.InputOffset())
		token, err := d.RawToken()
		to := int(d.InputOffset())
		top := open[len(open)-1]
		switch {
		case errors.Is(err, io.EOF) && len(open) == 1:
			return root, 0, nil
		case err != nil:
			return root, min(to, len(src)), err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &xmlElement{name: token.Name.Local, at: Span{from, to}}
			e.attrs = xmlAttrs(src, Span{from, to}, token.Attr)
			top.kids = append(top.kids, e)
			open = append(open, e) // the decoder gives <a/> an end of no length
		case xml.EndElement:
			if len(open) == 1 || top.name != token.Name.Local {
				return root, from, errors.New("</" + token.Name.Local + "> closes nothing")
			}
			top.at.End = to
			for i := range top.attrs {
				top.attrs[i].in = top.at
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.text = append(top.text, xmlText(src, Span{from, to}, string(token)))
		case xml.Comment:
			top.notes = append(top.notes, Span{from, to})
		}
	}
}

// xmlText is a piece of character data; a CDATA section is one.
func xmlText(src []byte, at Span, is string) xmlValue {
	const begin, end = "<![CDATA[", "]]>"
	if bytes.HasPrefix(src[at.Start:at.End], []byte(begin)) {
		at.Start += len(begin)
		return xmlValue{is: is, at: Span{at.Start, max(at.Start, at.End-len(end))}, raw: true}
	}
	return xmlValue{is: is, at: at}
}

// xmlAttrs finds the places of attributes in a start tag.
func xmlAttrs(src []byte, tag Span, attrs []xml.Attr) []xmlValue {
	out := make([]xmlValue, 0, len(attrs))
	i := tag.Start
	for _, a := range attrs {
		eq := bytes.IndexByte(src[i:tag.End], '=')
		if eq < 0 {
			break
		}
		i += eq + 1
		q := bytes.IndexAny(src[i:tag.End], `"'`)
		if q < 0 {
			break
		}
		i += q + 1
		n := bytes.IndexByte(src[i:tag.End], src[i-1])
		if n < 0 {
			break
		}
		out = append(out, xmlValue{name: a.Name.Local, is: a.Value, at: Span{i, i + n}})
		i += n + 1
	}
	return out
}

// attr gives an attribute; the zero value where there is none.
func (e *xmlElement) attr(name string) xmlValue {
	for _, a := range e.attrs {
		if a.name == name {
			return a
		}
	}
	return xmlValue{}
}

func (e *xmlElement) get(name string) string { return strings.TrimSpace(e.attr(name).is) }

func (e *xmlElement) yes(name string) bool { return strings.EqualFold(e.get(name), "true") }

// has tells whether there is an attribute that says something.
func (e *xmlElement) has(name string) bool { return e.get(name) != "" }

// all gives the elements of a name right below.
func (e *xmlElement) all(name string) []*xmlElement {
	var out []*xmlElement
	for _, k := range e.kids {
		if k.name == name {
			out = append(out, k)
		}
	}
	return out
}

// one gives the first element of a name right below, an empty one where there is none.
func (e *xmlElement) one(name string) *xmlElement {
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return &xmlElement{}
}

// said is the text of the element, in one piece.
func (e *xmlElement) said() string {
	var b strings.Builder
	for _, t := range e.text {
		b.WriteString(t.is)
	}
	return b.String()
}
