package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/safemig/safemig/internal/lint"
	"github.com/safemig/safemig/rules"
)

// GitHub takes comments of up to 65,536 characters; what does not fit is counted.
const markdownLimit = 60_000

// writeMarkdown writes a comment for a pull request.
func writeMarkdown(out io.Writer, r *lint.Result, _ Style) error {
	w := bufio.NewWriter(out)
	t := &text{}
	if len(r.Findings) == 0 {
		fmt.Fprintf(w, "### safemig: %s\n", t.summary(r))
		return w.Flush()
	}
	fmt.Fprintf(w, "### safemig: %s\n", t.summary(r))
	size := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		item := markdownFinding(f, &t.at)
		if size += len(item); size > markdownLimit {
			fmt.Fprintf(w, "\nand %s that do not fit here.\n", count(len(r.Findings)-i, "finding"))
			break
		}
		io.WriteString(w, item) // a bufio.Writer keeps its error for Flush
	}
	return w.Flush()
}

func markdownFinding(f *rules.Finding, at *places) string {
	var b strings.Builder
	s := span(f)
	line := at.at(f.File, s.Start).Line
	mark := map[rules.Severity]string{rules.Error: "🛑 error", rules.Warning: "⚠️ warning", rules.Info: "ℹ️ info"}[f.Severity]
	fmt.Fprintf(&b, "\n%s %s **%s** %s\n", mark, code(fmt.Sprintf("%s:%d", f.File.Path, line)), markdownText(f.Message), code(f.Rule.ID))
	src := strings.TrimSpace(strings.ToValidUTF8(string(at.line(f.File, line)), "\uFFFD"))
	if src != "" {
		b.WriteString("\n" + fenced("sql", shorten(visible(src), sourceWidth)))
	}
	if f.Consequence != "" {
		fmt.Fprintf(&b, "\n%s\n", markdownText(f.Consequence))
	}
	if label, hint := remedy(f); hint != "" {
		b.WriteString("\n<details><summary>" + label + "</summary>\n\n" + fenced("sql", visibleLines(hint)) + "\n</details>\n")
	}
	return b.String()
}

// visibleLines is visible, with line ends kept.
func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

// fenced writes a block of code whose fence is longer than any in the text.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// code writes an inline piece of code.
func code(s string) string {
	s = visible(s)
	if !strings.Contains(s, "`") {
		return "`" + s + "`"
	}
	return "`` " + s + " ``"
}

// markdownText escapes what Markdown, HTML and GitHub's mentions would take.
func markdownText(s string) string {
	return strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "<", "&lt;", ">", "&gt;",
		"[", "\\[", "]", "\\]", "@", "@\u200b", "#", "\\#", "|", "\\|").Replace(visible(s))
}
