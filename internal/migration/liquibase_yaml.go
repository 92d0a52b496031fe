package migration

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlText are the keys whose value is what XML has as the text of the element.
var yamlText = map[string]string{"sql": "sql", "createView": "selectQuery", "createProcedure": "procedureText", "rollback": "sql"}

// readYAML reads a changelog of YAML, or JSON, which is YAML too, as the elements
// that XML would have.
func readYAML(src []byte) (root *xmlElement, fault int, err error) {
	y := yamlReader{src: src, starts: []int{0}}
	for i, b := range src {
		if b == '\n' {
			y.starts = append(y.starts, i+1)
		}
	}
	root = &xmlElement{}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return root, y.starts[max(0, min(line, len(y.starts))-1)], err
	}
	if len(doc.Content) > 0 {
		y.fill(root, doc.Content[0], 0)
	}
	return root, 0, nil
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

type yamlReader struct {
	src    []byte
	starts []int // of lines
	within int   // aliases under way
	again  int   // nodes that were read by an alias
}

// maxYAML bounds how deep a changelog nests, maxAgain how much of it aliases repeat:
// they can make both endless.
const (
	maxYAML  = 30
	maxAgain = 1 << 14
)

// fill makes attributes and elements of a node: of a mapping its keys, of a list
// those of its items.
func (y *yamlReader) fill(e *xmlElement, n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
		y.within++
		defer func() { y.within-- }()
	}
	if y.within > 0 {
		y.again++
	}
	switch {
	case depth > maxYAML || y.again > maxAgain:
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			y.fill(e, item, depth+1)
		}
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		e.text = append(e.text, y.text(n)...)
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			y.pair(e, n.Content[i], n.Content[i+1], depth)
		}
	}
}

func (y *yamlReader) pair(e *xmlElement, k, v *yaml.Node, depth int) {
	if v.Kind == yaml.AliasNode {
		v = v.Alias
		y.within++
		defer func() { y.within-- }()
	}
	scalar := v.Kind == yaml.ScalarNode
	switch key := k.Value; {
	case scalar && yamlText[e.name] == key, scalar && e.name == "createProcedure" && key == "procedureBody":
		e.text = append(e.text, y.text(v)...)
	case scalar && key != "where" && key != "rollback" && key != "empty":
		if v.Tag != "!!null" {
			a := y.value(v)
			a.name = key
			e.attrs = append(e.attrs, a)
		}
	case key == "changes" || key == "columns" || key == "replace" && e.name == "modifySql":
		y.fill(e, v, depth+1)
	default: // createTable, column, constraints, rollback, where
		kid := &xmlElement{name: key, at: Span{y.offset(k), y.end(v, depth)}}
		kid.at.End = max(kid.at.End, kid.at.Start+len(k.Value))
		kid.at.End = min(kid.at.End, len(y.src))
		y.fill(kid, v, depth+1)
		for i := range kid.attrs {
			kid.attrs[i].in = kid.at
		}
		e.kids = append(e.kids, kid)
	}
}

// offset is where a node begins.
func (y *yamlReader) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(y.starts) {
		return 0
	}
	off := y.starts[n.Line-1]
	for range n.Column - 1 { // in characters
		if off >= len(y.src) {
			break
		}
		_, size := utf8.DecodeRune(y.src[off:])
		off += size
	}
	return off
}

// end is where the last scalar of a node ends.
func (y *yamlReader) end(n *yaml.Node, depth int) int {
	if n.Kind == yaml.ScalarNode {
		end := 0
		for _, t := range y.text(n) {
			end = max(end, t.at.End)
		}
		return end
	}
	end := y.offset(n)
	for _, c := range n.Content {
		if depth < maxYAML {
			end = max(end, y.end(c, depth+1))
		}
	}
	return end
}

// value is a scalar on one line; what is spelled otherwise than it reads stands for
// the place where it begins.
func (y *yamlReader) value(n *yaml.Node) xmlValue {
	off := y.offset(n)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		off++
	}
	if bytes.HasPrefix(y.src[min(off, len(y.src)):], []byte(n.Value)) {
		return xmlValue{is: n.Value, at: Span{off, off + len(n.Value)}, raw: true}
	}
	off = min(off, len(y.src))
	return xmlValue{is: n.Value, at: Span{off, off}, made: true}
}

// text is a scalar with the places of its lines.
func (y *yamlReader) text(n *yaml.Node) []xmlValue {
	if n.Style&yaml.LiteralStyle == 0 {
		return []xmlValue{y.value(n)}
	}
	var out []xmlValue
	line := n.Line // the one below the |
	for text := range strings.Lines(n.Value) {
		v := xmlValue{is: text, made: true}
		if line < len(y.starts) {
			begin := y.starts[line]
			v.at = Span{begin, begin}
			if i := bytes.Index(y.src[begin:], []byte(strings.TrimRight(text, "\n"))); i >= 0 && len(bytes.TrimSpace(y.src[begin:begin+i])) == 0 &&
				bytes.HasPrefix(y.src[begin+i:], []byte(text)) {
				v.at, v.raw, v.made = Span{begin + i, begin + i + len(text)}, true, false
			}
		}
		out = append(out, v)
		line++
	}
	return out
}
