package lint

// opaque counts what the section's tool does beside SQL, and leaves the catalog in
// doubt.
func (r *run) opaque(p part) {
	for _, o := range p.sec.Opaque {
		r.cat.Doubt()
		if p.wanted {
			r.out.Stats.Statements++
			r.out.Stats.Unknown++
			r.out.Opaque = append(r.out.Opaque, o)
			r.out.Unmodelled = append(r.out.Unmodelled, Unmodelled{o.File, o.Span, o.What})
		}
	}
}
