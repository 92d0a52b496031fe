package report

// Style is how a report for people looks. The zero value is plain.
type Style struct {
	Color   bool
	Verbose bool
	Width   int    // of the terminal, 0 where there is none
	Version string // of safemig, for the formats that name it
}

// paint wraps text in a terminal's colour; none when colours are off.
func (s Style) paint(sgr, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// The colours, as SGR parameters.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "32"
	cyan   = "36"
)
