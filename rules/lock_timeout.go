package rules

import "github.com/safemig/safemig/internal/effect"

// timeoutSet is one place where a section sets lock_timeout, and what it is good for.
type timeoutSet struct {
	at     int // the statement
	effect effect.Effect
	ms     float64
	covers *effect.Effect // the first lock that others wait for, taken while it is in effect
	late   *effect.Effect // such a lock taken before it in its transaction, without any
	lateAt int
}

// lockTimeouts follows lock_timeout through the section.
func (p *SectionPass) lockTimeouts() []timeoutSet {
	var out []timeoutSet
	session, local := -1, -1 // indexes of out, -1 none
	localTx := 0
	var bare *effect.Effect // a lock taken without a lock_timeout
	bareAt, bareTx := 0, 0
	for i, effects := range p.Effects {
		tx := p.Stmts[i].Tx
		if tx.ID != localTx {
			local = -1
		}
		for k := range effects {
			e := &effects[k]
			switch {
			case e.Op == effect.ResetSetting && (e.Detail.Name == "" || e.Detail.Name == "lock_timeout"):
				session, local = -1, -1
			case e.Op == effect.SetSetting && e.Detail.Name == "lock_timeout" && !e.NoOp:
				ms, ok := effect.Milliseconds(e.Detail.Value)
				if !ok {
					session, local = -1, -1
					continue
				}
				s := timeoutSet{at: i, effect: *e, ms: ms}
				if bare != nil && bareTx == tx.ID && tx.Block() {
					s.late, s.lateAt = bare, bareAt
				}
				out = append(out, s)
				if e.Detail.Local {
					local, localTx = len(out)-1, tx.ID
				} else {
					session, local = len(out)-1, -1
				}
			case p.stops(*e):
				switch n := max(local, session); {
				case local >= 0:
					out[local].cover(e)
				case n >= 0:
					out[n].cover(e)
				case bareTx != tx.ID || bare == nil:
					bare, bareAt, bareTx = e, i, tx.ID
				}
			}
		}
	}
	return out
}

func (s *timeoutSet) cover(e *effect.Effect) {
	if s.covers == nil {
		s.covers = e
	}
}

// stops tells whether an effect takes a lock of somebody else's relation for
// which reads or writes wait.
func (p *SectionPass) stops(e effect.Effect) bool {
	return e.Kind != "" && e.Lock.BlocksWrites() && !e.Detail.Concurrent && !e.Brief && !e.New && !e.Same && !p.isTemp(e.Target)
}
