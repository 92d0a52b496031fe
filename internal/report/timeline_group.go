package report

// lockMigration is a migration with its timelines.
type lockMigration struct {
	first    *LockStatement
	up, down []*timeline
}

// migrations groups the statements.
func (l *Locks) migrations() []*lockMigration {
	var out []*lockMigration
	id, last := 0, 0
	for i := 0; i < len(l.Statements); {
		s := &l.Statements[i]
		n := together(l.Statements[i:])
		id++
		t := newTimeline(id, l.Statements[i:i+n])
		if s.migration != last || len(out) == 0 {
			last, out = s.migration, append(out, &lockMigration{first: s})
		}
		m := out[len(out)-1]
		if s.Direction == "down" {
			m.down = append(m.down, t)
		} else {
			m.up = append(m.up, t)
		}
		i += n
	}
	return out
}

// together is the number of leading statements that share a timeline.
func together(ss []LockStatement) int {
	n := sameTx(ss)
	if n > 1 {
		return n
	}
	first := &ss[0]
	for n < len(ss) && ss[n].migration == first.migration && ss[n].Direction == first.Direction &&
		ss[n].Path == first.Path && ss[n].block == first.block && sameTx(ss[n:]) == 1 {
		n++
	}
	return n
}

// sameTx is the number of leading statements that commit together.
func sameTx(ss []LockStatement) int {
	n := 1
	for n < len(ss) && ss[n].Tx == ss[0].Tx && ss[n].migration == ss[0].migration {
		n++
	}
	return n
}
