package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/safemig/safemig/internal/migration"
	"github.com/safemig/safemig/internal/pgsql"
	"github.com/safemig/safemig/rules"
)

// ignore is one comment that takes findings out.
type ignore struct {
	file      *migration.File
	at        migration.Span // the comment
	version   string
	down      bool
	statement migration.Span // what it stands at; the zero Span: the whole file
	whole     bool           // of the file
	names     []string       // as written; for messages
	ids       []string       // "" where no rule is of that name; "*" is every rule
	used      []bool
	reason    string
	until     string // the last day on which it holds; "" for ever
	foreign   bool   // of another linter: honoured, never complained of
}

// ignores are those of each file.
type ignores map[*migration.File][]*ignore

// read takes the ignores of a section.
func (x ignores) read(j *job, p part, down bool) {
	if !mayIgnore(p.sec.Text) {
		return
	}
	f := p.sec.File
	take := func(c pgsql.Comment, statement migration.Span) {
		if ig, ok := parseIgnore(c.Text(f)); ok {
			ig.file, ig.at, ig.version, ig.down, ig.statement = f, c.Span, j.m.Version, down, statement
			ig.used = make([]bool, len(ig.ids))
			x[f] = append(x[f], ig)
		}
	}
	seen := map[migration.Span]bool{}
	for i := range p.stmts {
		s := &p.stmts[i]
		for _, c := range s.Comments() {
			if !seen[c.Span] {
				seen[c.Span] = true
				take(c, s.Span)
			}
		}
	}
	for _, c := range pgsql.Comments(p.sec) {
		if !seen[c.Span] {
			take(c, migration.Span{Start: -1, End: -1}) // at no statement
		}
	}
}

const (
	ignoreWord     = "safemig:ignore"
	ignoreFileWord = "safemig:ignore-file"
)

// mayIgnore is a quick no for nearly every file.
func mayIgnore(text []byte) bool {
	line, block := bytes.Index(text, []byte("--")), bytes.Index(text, []byte("/*"))
	if line < 0 && block < 0 {
		return false
	}
	if block < 0 || line >= 0 && line < block {
		block = line
	}
	text = text[block:]
	for _, word := range []string{ignoreWord, "SAFEMIG:", "Safemig:", "SafeMig:"} { // as people spell it
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return slices.ContainsFunc(foreignLinters, func(l foreignLinter) bool { return bytes.Contains(text, []byte(l.word)) })
}

// parseIgnore reads a comment, with its delimiters.
func parseIgnore(comment string) (*ignore, bool) {
	text := strings.TrimSpace(uncomment(comment))
	if rest, ok := cutWord(text, ignoreFileWord); ok {
		ig := ruleList(rest)
		ig.whole = true
		return ig, true
	}
	if rest, ok := cutWord(text, ignoreWord); ok {
		return ruleList(rest), true
	}
	return parseForeign(text)
}

func uncomment(c string) string {
	if s, ok := strings.CutPrefix(c, "--"); ok {
		return s
	}
	if s, ok := strings.CutPrefix(c, "<!--"); ok { // of XML
		return strings.TrimSuffix(s, "-->")
	}
	return strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/")
}

// cutWord takes a word, in whatever case, off the beginning of a text.
func cutWord(text, word string) (rest string, ok bool) {
	rest = text
	if ok = len(text) >= len(word) && strings.EqualFold(text[:len(word)], word); ok {
		rest = text[len(word):]
	}
	if ok && rest != "" && !unicode.IsSpace(rune(rest[0])) && rest[0] != ':' {
		return "", false
	}
	return strings.TrimSpace(strings.TrimPrefix(rest, ":")), ok
}

// ruleList reads "RULE[, RULE] reason": a comma says that one more rule follows.
func ruleList(text string) *ignore {
	ig := &ignore{}
	for more := true; more && text != ""; {
		word, rest := text, ""
		if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
			word, rest = text[:i], strings.TrimSpace(text[i:])
		}
		more = strings.HasSuffix(word, ",")
		if !more && strings.HasPrefix(rest, ",") {
			more, rest = true, strings.TrimSpace(rest[1:])
		}
		for _, name := range strings.Split(strings.Trim(word, ","), ",") {
			name = strings.TrimSuffix(name, ":")
			id := ""
			if r, ok := rules.Find(strings.ToLower(name)); ok {
				id = r.ID
			}
			ig.names, ig.ids = append(ig.names, name), append(ig.ids, id)
		}
		text = rest
	}
	words := strings.Fields(text)
	for i, w := range words {
		if date, ok := strings.CutPrefix(strings.ToLower(w), "until="); ok {
			ig.until = strings.TrimRight(date, ".,;:")
			text = strings.Join(slices.Delete(words, i, i+1), " ")
			break
		}
	}
	ig.reason = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return ig
}

// covers tells whether the finding is one that the comment speaks of.
func (ig *ignore) covers(f *rules.Finding) bool {
	switch {
	case ig.whole:
		return true
	case ig.statement.Start < 0:
		return false
	case f.Statement == ig.statement:
		return true
	}
	return ig.statement.Contains(f.Span.Start)
}

// over tells whether the day up to which the comment holds has passed, anywhere
// on earth, or is none.
func (ig *ignore) over(now time.Time) bool {
	if ig.until == "" {
		return false
	}
	day, err := time.Parse(time.DateOnly, ig.until)
	return err != nil || now.UTC().After(day.Add(36*time.Hour))
}

// take marks and reports whether the comment takes the finding out. One without
// a reason, or whose day has passed, takes nothing out.
func (ig *ignore) take(f *rules.Finding, now time.Time) bool {
	if !ig.foreign && ig.reason == "" || ig.over(now) || !ig.covers(f) {
		return false
	}
	taken := false
	for i, id := range ig.ids {
		if id == f.Rule.ID || id == "*" {
			ig.used[i], taken = true, true
		}
	}
	return taken
}

// apply takes out what was answered for, and reports the comments that answer
// for nothing.
func (x ignores) apply(r *run) {
	now := r.opts.Now
	if now.IsZero() {
		now = time.Now()
	}
	taken := func(f rules.Finding) bool {
		found := false
		for _, ig := range x[f.File] {
			if ig.take(&f, now) { // every comment that covers it is of use
				found = true
				r.out.Answered = append(r.out.Answered, Answered{f, ig.reason})
			}
		}
		if found {
			r.out.Stats.Suppressed++
		}
		return found
	}
	r.out.Findings = slices.DeleteFunc(r.out.Findings, taken)
	judged := r.out.Findings
	r.out.Findings = nil
	for _, igs := range x {
		for _, ig := range igs {
			ig.judge(r, now)
		}
	}
	r.out.Findings = append(judged, slices.DeleteFunc(r.out.Findings, taken)...)
}

// judge reports what is wrong with a comment of safemig's own.
func (ig *ignore) judge(r *run, now time.Time) {
	if ig.foreign {
		return
	}
	say := func(rule *rules.Rule, message, hint string) {
		f := rules.Finding{Rule: rule, Severity: rule.Severity, File: ig.file, Span: ig.at, Migration: ig.version,
			Direction: "up", Message: message, Hint: hint}
		if ig.down {
			f.Direction = "down"
		}
		r.report(f)
	}
	if len(ig.names) == 0 || ig.reason == "" {
		word := ignoreWord
		if ig.whole {
			word = ignoreFileWord
		}
		example := "set-not-null"
		if len(ig.names) > 0 {
			example = strings.Join(ig.names, ", ")
		}
		say(rules.IgnoreWithoutReason, "an ignore without a reason ignores nothing",
			fmt.Sprintf("-- %s %s why this is safe here", word, example))
		return
	}
	if _, err := time.Parse(time.DateOnly, ig.until); ig.until != "" && err != nil {
		say(rules.IgnoreExpired, fmt.Sprintf("until=%s is no day: the ignore ignores nothing", ig.until), "until=YYYY-MM-DD")
	} else if ig.over(now) {
		say(rules.IgnoreExpired, fmt.Sprintf("the ignore held until %s", ig.until), "do what it was put off for, or give it another day and say why")
	}
	for i, id := range ig.ids {
		switch {
		case id == "":
			var known []string
			for _, k := range rules.All() {
				known = append(known, k.ID)
			}
			say(rules.IgnoreUnknownRule, fmt.Sprintf("there is no rule %s%s", ig.names[i], DidYouMean(ig.names[i], known)),
				"safemig explain lists the rules")
		case !ig.used[i] && !r.off(id) && !ig.over(now):
			say(rules.IgnoreUnused, fmt.Sprintf("%s reports nothing here that could be ignored", id), "take the comment away")
		}
	}
}

// off tells whether a rule does not run: then no comment about it is of no use.
func (r *run) off(id string) bool {
	rule, ok := rules.Find(id)
	return !ok || r.severity(rule, rule.Severity) == rules.Off || strings.HasPrefix(id, "ignore-")
}

// ParseIgnore reads a comment's text, without its delimiters, that takes findings
// out in a program: "safemig:ignore RULE[, RULE] reason". Names that are no
// rule's are left out.
func ParseIgnore(text string) (ids []string, reason string, ok bool) {
	rest, ok := cutWord(strings.TrimSpace(text), ignoreWord)
	if !ok {
		return nil, "", false
	}
	ig := ruleList(rest)
	return slices.DeleteFunc(ig.ids, func(id string) bool { return id == "" }), ig.reason, true
}
