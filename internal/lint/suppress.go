package lint

type ignores map[string]bool

func (ignores) read(p part)  {}
func (ignores) apply(r *run) {}
