package report

import "github.com/safemig/safemig/internal/effect"

// legend draws the key to colours and hatching, and gives its size.
func legend(s *svg) (width, height int) {
	const step = 178
	y := 14
	s.text("dim", 0, y+4, "who waits")
	for i, w := range []waiting{waitReads, waitWrites, waitVacuum, waitDDL, waitNobody} {
		x := 84 + i*step
		h := thickness(w)
		s.rect("bar "+w.class(), x, y-h/2, 34, h, w.sentence())
		title := w.title()
		if w == waitNobody {
			title = "nobody: new relation"
		}
		s.text("label", x+42, y+4, title)
	}
	y += 24
	s.text("dim", 0, y+4, "work under it")
	for i, k := range []effect.Work{effect.Scan, effect.Build, effect.Rewrite, effect.Copy} {
		x := 84 + i*step
		name := workNames(k)[0]
		s.rect("bar w4", x, y-workHeight/2, 34, workHeight, "")
		s.put(`<rect x="%d" y="%d" width="34" height="%d" fill="url(#h-%s-l)"/>`, x, y-workHeight/2, workHeight, name)
		says := map[string]string{"scan": "scan: every row is read", "build": "build of an index",
			"rewrite": "rewrite with indexes", "copy": "copy of the files"}[name]
		s.text("label", x+42, y+4, says)
	}
	x := 84 + 4*step
	s.put(`<path class="brace w4" d="M%d %dV%dH%dV%d"/>`, x, y+3, y-3, x+34, y+3)
	s.text("label", x+42, y+4, "first strong lock to end")
	return 84 + 5*step, y + 14
}
