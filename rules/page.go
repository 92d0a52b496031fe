package rules

import "embed"

// pages are the txtar files: each is a rule's page and its tests.
//
//go:embed testdata/*.txtar
var pages embed.FS

// Page gives the txtar of a rule: the comment is the text that `explain` prints,
// bad*.sql and good*.sql are its examples. Not every rule has one.
func Page(id string) (text string, ok bool) {
	b, err := pages.ReadFile("testdata/" + id + ".txtar")
	return string(b), err == nil
}
