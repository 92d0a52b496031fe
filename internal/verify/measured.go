package verify

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/safemig/safemig/internal/effect"
	"github.com/safemig/safemig/internal/observe"
)

// measuredTSV is what servers did: written by TestOracle -update-measured, never by
// hand. A line "versions" names them; a line "=" begins a case with its name and
// statement; the lines below it are, for a range of majors, a relation with its
// role, kind, lock and work. A relation that the statement creates has the lock
// "new". Without a relation the lock says "none" (nothing that is compared was
// locked), "alone" (the server refuses the statement in a transaction block) or
// "fails", with the SQLSTATE as work.
//
//go:embed measured.tsv
var measuredTSV []byte

// MeasuredRow is what a statement did to a relation.
type MeasuredRow struct {
	Relation, Role, Kind string
	Lock                 string
	Work                 string
}

func (r MeasuredRow) fields() []string {
	return []string{r.Relation, r.Role, r.Kind, r.Lock, r.Work}
}

// MeasuredCase is one statement on all the servers that ran it.
type MeasuredCase struct {
	ID, SQL string
	rows    map[int][]MeasuredRow // by major
}

// Measured is the table of measurements.
type Measured struct {
	versions map[int]string
	cases    []*MeasuredCase
}

// Measurements reads the table that the binary carries.
func Measurements() (*Measured, error) { return parseMeasured(measuredTSV) }

// Majors gives the majors measured, oldest first.
func (m *Measured) Majors() []int { return slices.Sorted(maps.Keys(m.versions)) }

// Versions gives the servers measured, oldest first: 12.22, 13.23, …
func (m *Measured) Versions() []string {
	var out []string
	for _, v := range m.Majors() {
		out = append(out, m.versions[v])
	}
	return out
}

// Case gives a case; nil for none.
func (m *Measured) Case(id string) *MeasuredCase {
	for _, c := range m.cases {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Replace takes the measurements of a major, and the cases that there are, in
// their order. A case whose statement has changed loses what other majors did.
func (m *Measured) Replace(major int, version string, ids []string, sql map[string]string, rows map[string][]MeasuredRow) {
	var cases []*MeasuredCase
	for _, id := range ids {
		c := m.Case(id)
		if c == nil || c.SQL != sql[id] {
			c = &MeasuredCase{ID: id, SQL: sql[id], rows: map[int][]MeasuredRow{}}
		}
		delete(c.rows, major)
		if r, ok := rows[id]; ok {
			c.rows[major] = r
		}
		cases = append(cases, c)
	}
	m.cases = cases
	m.versions[major] = version
}

// Rows gives what a major was seen to do; nothing of a case that is nil.
func (c *MeasuredCase) Rows(major int) (rows []MeasuredRow, ok bool) {
	if c == nil {
		return nil, false
	}
	rows, ok = c.rows[major]
	return rows, ok
}

// Encode writes the table.
func (m *Measured) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "versions\t%s\n", strings.Join(m.Versions(), "\t"))
	for _, c := range m.cases {
		fmt.Fprintf(&b, "=\t%s\t%s\n", c.ID, c.SQL)
		for _, l := range c.Lines() {
			fmt.Fprintf(&b, "%s\t%s\n", ranges(l.Majors), strings.TrimRight(strings.Join(l.Row.fields(), "\t"), "\t"))
		}
	}
	return b.Bytes()
}

// MeasuredLine is a row and the majors that agree on it.
type MeasuredLine struct {
	Majors []int
	Row    MeasuredRow
}

// Lines gives the rows of all majors, those that agree put together.
func (c *MeasuredCase) Lines() []MeasuredLine {
	at := map[MeasuredRow]int{}
	var out []MeasuredLine
	for _, v := range slices.Sorted(maps.Keys(c.rows)) {
		for _, r := range c.rows[v] {
			i, ok := at[r]
			if !ok {
				i, at[r] = len(out), len(out)
				out = append(out, MeasuredLine{Row: r})
			}
			out[i].Majors = append(out[i].Majors, v)
		}
	}
	slices.SortStableFunc(out, func(a, b MeasuredLine) int { return strings.Compare(a.Row.Relation, b.Row.Relation) })
	return out
}

func parseMeasured(src []byte) (*Measured, error) {
	m := &Measured{versions: map[int]string{}}
	n := 0
	for line := range strings.Lines(string(src)) {
		n++
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case fields[0] == "versions":
			for _, v := range fields[1:] {
				major, err := strconv.Atoi(strings.Split(v, ".")[0])
				if err != nil {
					return nil, fmt.Errorf("measured.tsv:%d: version %q", n, v)
				}
				m.versions[major] = v
			}
		case fields[0] == "=" && len(fields) == 3:
			m.cases = append(m.cases, &MeasuredCase{ID: fields[1], SQL: fields[2], rows: map[int][]MeasuredRow{}})
		case len(m.cases) > 0 && len(fields) >= 5 && len(fields) <= 6:
			majors, err := parseRanges(fields[0])
			if err != nil {
				return nil, fmt.Errorf("measured.tsv:%d: %w", n, err)
			}
			f := append(fields, "")
			c := m.cases[len(m.cases)-1]
			for _, v := range majors {
				c.rows[v] = append(c.rows[v], MeasuredRow{f[1], f[2], f[3], f[4], f[5]})
			}
		default:
			return nil, fmt.Errorf("measured.tsv:%d: %q is no row", n, line)
		}
	}
	return m, nil
}

// MeasuredRows is what Compare looks at in an observation.
func MeasuredRows(sql string, o observe.Observation) []MeasuredRow {
	var out []MeasuredRow
	if o.TxForbidden {
		out = append(out, MeasuredRow{Lock: "alone"})
	}
	if o.Failed() {
		return append(out, MeasuredRow{Lock: "fails", Work: o.SQLState})
	}
	for _, name := range o.Created {
		if !ignored(name) {
			out = append(out, MeasuredRow{Relation: name, Lock: "new"})
		}
	}
	for _, r := range relations(nil, o) {
		isIndex := strings.Contains(r.Kind, "index")
		if r.New || slices.Contains(o.Created, r.Name) || r.MeasuredLock == effect.AccessShare && isIndex {
			continue
		}
		lock := r.MeasuredLock
		if isIndex {
			lock = compared(lock, true)
		}
		if o.TxForbidden && lock == effect.AccessShare {
			lock = effect.NoLock // seen by chance
		}
		if work := workCompared(sql, r); lock != effect.NoLock || work != "" {
			out = append(out, MeasuredRow{r.Name, "", r.Kind, lock.String(), work})
		}
	}
	if len(out) == 0 {
		out = append(out, MeasuredRow{Lock: "none"})
	}
	return out
}

// workCompared leaves out the work that Compare leaves out.
func workCompared(sql string, r Relation) string {
	if plainDML.MatchString(sql) {
		return ""
	}
	var out []string
	for _, w := range r.MeasuredWork {
		switch {
		case w == "build" && notBuilt.MatchString(sql):
		case w != "build" && changesStorage.MatchString(sql):
		case w == "rewrite" && !slices.Contains(r.MeasuredWork, "scan"):
			out = append(out, "new storage")
		case w == "scan" && slices.Contains(r.MeasuredWork, "rewrite"):
		default:
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}

// Observation is what a major did, as far as it was kept; false when it did not
// run the statement.
func (c *MeasuredCase) Observation(major int) (observe.Observation, bool) {
	var o observe.Observation
	rows, ok := c.rows[major]
	for _, r := range rows {
		switch {
		case r.Lock == "alone" && r.Relation == "":
			o.TxForbidden = true
		case r.Lock == "fails" && r.Relation == "":
			o.SQLState = r.Work
		case r.Lock == "new":
			o.Created = append(o.Created, r.Relation)
		case r.Relation != "":
			if r.Lock != "" {
				o.Locks = append(o.Locks, observe.Lock{Relation: r.Relation, Kind: r.Kind, Modes: []string{r.Lock}})
			}
			for w := range strings.SplitSeq(r.Work, ", ") {
				switch w {
				case "rewrite":
					o.Rewritten, o.Began = append(o.Rewritten, r.Relation), append(o.Began, r.Relation)
				case "new storage":
					o.Rewritten = append(o.Rewritten, r.Relation)
				case "scan":
					o.Began = append(o.Began, r.Relation)
				case "build":
					o.Built = append(o.Built, r.Relation)
				}
			}
		}
	}
	return o, ok
}

// ranges writes majors as 12-14,16.
func ranges(majors []int) string {
	var out []string
	for i := 0; i < len(majors); {
		k := i
		for k+1 < len(majors) && majors[k+1] == majors[k]+1 {
			k++
		}
		if k == i {
			out = append(out, strconv.Itoa(majors[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", majors[i], majors[k]))
		}
		i = k + 1
	}
	return strings.Join(out, ",")
}

func parseRanges(s string) ([]int, error) {
	var out []int
	for part := range strings.SplitSeq(s, ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			last = first
		}
		a, err := strconv.Atoi(first)
		if err != nil {
			return nil, err
		}
		b, err := strconv.Atoi(last)
		if err != nil {
			return nil, err
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out, nil
}
