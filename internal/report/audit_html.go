package report

import (
	"io"

	"github.com/safemig/safemig/internal/audit"
)

func writeAuditHTML(w io.Writer, r *audit.Report, s Style) error { return writeAuditJSON(w, r, s) }
func writeAuditSVG(w io.Writer, r *audit.Report, s Style) error  { return writeAuditJSON(w, r, s) }
