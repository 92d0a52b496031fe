package verify

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

var tableFormats = map[string]func(io.Writer, *Measured) error{
	"text":     tableText,
	"json":     tableJSON,
	"markdown": tableMarkdown,
}

// TableFormats gives the formats of WriteTable.
func TableFormats() []string { return slices.Sorted(maps.Keys(tableFormats)) }

// WriteTable publishes what servers were seen to do, in a format of TableFormats.
func WriteTable(w io.Writer, format string, m *Measured) error {
	b := bufio.NewWriter(w)
	if err := tableFormats[format](b, m); err != nil {
		return err
	}
	return b.Flush()
}

// words says a line without its relation.
func (l MeasuredLine) words() string {
	switch r := l.Row; {
	case r.Relation != "":
		return ""
	case r.Lock == "alone":
		return "refused in a transaction block"
	case r.Lock == "fails":
		return "fails: SQLSTATE " + r.Work
	}
	return "locks no table"
}

func tableText(w io.Writer, m *Measured) error {
	fmt.Fprintf(w, "measured on PostgreSQL %s\n", strings.Join(m.Versions(), ", "))
	for _, c := range m.cases {
		lines := c.Lines()
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", folded(c.SQL, 100))
		for _, l := range lines {
			if words := l.words(); words != "" {
				fmt.Fprintf(w, "    %-84s%s\n", words, ranges(l.Majors))
				continue
			}
			fmt.Fprintf(w, "    %-30s %-19s %-22s %-10s %s\n", Shorten(l.Row.Relation, 30), l.Row.Role, l.Row.Lock, l.Row.Work, ranges(l.Majors))
		}
	}
	_, err := fmt.Fprintf(w, "\n%d statements on %d servers; locks of indexes weaker than SHARE UPDATE EXCLUSIVE are left out\n", len(m.cases), len(m.versions))
	return err
}

// folded breaks a statement into lines of at most width characters, at blanks.
func folded(sql string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Split(sql, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n  ")
			at = 2
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

func tableMarkdown(w io.Writer, m *Measured) error {
	fmt.Fprintf(w, "# What statements lock\n\nMeasured on PostgreSQL %s.\n\n", strings.Join(m.Versions(), ", "))
	fmt.Fprintln(w, "| statement | relation | role | lock | work | majors |\n|---|---|---|---|---|---|")
	escape := strings.NewReplacer("|", `\|`, "`", "'").Replace
	for _, c := range m.cases {
		statement := "`" + escape(c.SQL) + "`"
		for _, l := range c.Lines() {
			lock := l.Row.Lock
			if words := l.words(); words != "" {
				lock, l.Row.Work = words, ""
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", statement, escape(l.Row.Relation), l.Row.Role, lock, l.Row.Work, ranges(l.Majors))
			statement = ""
		}
	}
	return nil
}

type jsonMeasured struct {
	Relation string   `json:"relation,omitempty"`
	Role     string   `json:"role,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	Lock     string   `json:"lock"`
	Work     []string `json:"work,omitempty"`
	SQLState string   `json:"sqlstate,omitempty"`
	Majors   []int    `json:"majors"`
}

func tableJSON(w io.Writer, m *Measured) error {
	type statement struct {
		Case string         `json:"case"`
		SQL  string         `json:"sql"`
		Rows []jsonMeasured `json:"rows"`
	}
	doc := struct {
		Schema     int         `json:"schema"`
		Versions   []string    `json:"versions"`
		Statements []statement `json:"statements"`
	}{1, m.Versions(), []statement{}}
	for _, c := range m.cases {
		s := statement{c.ID, c.SQL, []jsonMeasured{}}
		for _, l := range c.Lines() {
			r := jsonMeasured{Relation: l.Row.Relation, Role: l.Row.Role, Kind: l.Row.Kind, Lock: l.Row.Lock, Majors: l.Majors}
			switch {
			case l.Row.Lock == "fails":
				r.SQLState = l.Row.Work
			case l.Row.Work != "":
				r.Work = strings.Split(l.Row.Work, ", ")
			}
			s.Rows = append(s.Rows, r)
		}
		doc.Statements = append(doc.Statements, s)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
