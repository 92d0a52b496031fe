package lint

import "github.com/safemig/safemig/rules"

type Baseline struct{}

func (*Baseline) filter(f []rules.Finding) ([]rules.Finding, int) { return f, 0 }
