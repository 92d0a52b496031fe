package report

import (
	"encoding/json"
	"io"
)

// writeJSON writes a document, indented, with SQL's < and > as they are.
func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
