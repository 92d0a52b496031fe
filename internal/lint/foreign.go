package lint

import (
	"strings"
	"unicode"

	"github.com/safemig/safemig/rules"
)

// foreignLinter is another linter whose comments are honoured.
type foreignLinter struct {
	word  string // in every comment of its own
	parse func(text string) (names string, whole, ok bool)
	all   bool // without names every rule is meant
	twins map[string][]string
}

// foreignLinters are those whose users need not write their comments again. The
// twins are the rules here that report what theirs do; a name that is missing
// has none.
var foreignLinters = []foreignLinter{
	{word: "squawk-ignore", parse: parseSquawk, all: true, twins: squawkTwins},
	{word: "pgsafe:ignore", parse: words("pgsafe:ignore", ""), twins: pgsafeTwins},
	{word: "atlas:nolint", parse: words("atlas:nolint", ""), all: true, twins: atlasTwins},
	{word: "eugene", parse: parseEugene, all: true, twins: eugeneTwins},
	{word: "excellent_migrations:", parse: words("excellent_migrations:safety-assured-for-next-line", "excellent_migrations:safety-assured-for-this-file"),
		all: true, twins: excellentTwins},
}

// parseForeign reads a comment, without delimiters, of another linter.
func parseForeign(text string) (*ignore, bool) {
	for _, l := range foreignLinters {
		if !strings.Contains(text, l.word) {
			continue
		}
		names, whole, ok := l.parse(text)
		if !ok {
			continue
		}
		ig := &ignore{foreign: true, whole: whole}
		// Names end where the reason begins, which is the first word that is no name.
		for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			twins, ok := l.twins[name]
			if !ok {
				continue
			}
			for _, id := range twins {
				if _, exists := rules.Find(id); exists {
					ig.names, ig.ids = append(ig.names, name), append(ig.ids, id)
				}
			}
		}
		if strings.TrimSpace(names) == "" && l.all {
			ig.names, ig.ids = []string{"all"}, []string{"*"}
		}
		return ig, len(ig.ids) > 0
	}
	return nil, false
}

// words makes a parser of "word names" and "fileWord names".
func words(word, fileWord string) func(string) (string, bool, bool) {
	return func(text string) (names string, whole, ok bool) {
		if fileWord != "" {
			if names, ok := cutWord(text, fileWord); ok {
				return names, true, true
			}
		}
		names, ok = cutWord(text, word)
		return names, false, ok
	}
}

// parseSquawk reads "squawk-ignore a, b -- why".
func parseSquawk(text string) (names string, whole, ok bool) {
	text, _, _ = strings.Cut(text, "--")
	if names, ok := cutWord(text, "squawk-ignore-file"); ok {
		return names, true, true
	}
	names, ok = cutWord(text, "squawk-ignore")
	return names, false, ok
}

// parseEugene reads "eugene ignore E3, E4" and "eugene: ignore E3".
func parseEugene(text string) (names string, whole, ok bool) {
	rest, ok := cutWord(text, "eugene")
	if !ok {
		return "", false, false
	}
	names, ok = cutWord(rest, "ignore")
	return names, false, ok
}
