package torture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// moment is when a fault strikes, seen from a statement.
type moment int

const (
	before    moment = iota // the statement is not sent
	during                  // it is sent; its answer has not come
	replyLost               // it is answered; the answer is not passed on
	after                   // the answer was passed on
)

// fault strikes once, at the nth statement that contains the text.
type fault struct {
	text    string
	nth     int
	when    moment
	prepare func() // before the statement is sent; may be nil
	strike  func(*link)
}

// proxy stands between one node and the server and knows the protocol well enough to see
// which statement is sent.
type proxy struct {
	addr, server string
	l            net.Listener

	mu    sync.Mutex
	fault *fault // nil when it has struck
	seen  int
	links map[*link]bool
	log   []sent
}

// sent is a statement and the backend that it was sent to.
type sent struct {
	pid  uint32
	text string
}

// link is one connection.
type link struct {
	p              *proxy
	client, server *net.TCPConn
	pid            uint32
	pass           bool // what was stopped before it was sent is sent after all
	port           int  // ours, as the server sees it

	mu     sync.Mutex
	strike func(*link) // to be done at the next ReadyForQuery
	mute   bool        // nothing more is passed to the client
	frozen chan struct{}
}

func newProxy(server string, f *fault) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{addr: l.Addr().String(), server: server, l: l, fault: f, links: map[*link]bool{}}
	go p.accept()
	return p, nil
}

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		s, err := p.dial()
		if err != nil {
			c.Close()
			continue
		}
		k := &link{p: p, client: c.(*net.TCPConn), server: s.(*net.TCPConn), port: s.LocalAddr().(*net.TCPAddr).Port}
		p.mu.Lock()
		p.links[k] = true
		p.mu.Unlock()
		go k.fromClient()
		go k.fromServer()
	}
}

func (p *proxy) close() {
	p.l.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range p.links {
		k.client.Close()
		k.server.Close()
	}
}

// statements are those that reached the proxy, in order.
func (p *proxy) statements() []sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// lead changes the server that new connections go to.
func (p *proxy) lead(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

func (p *proxy) dial() (net.Conn, error) {
	p.mu.Lock()
	server := p.server
	p.mu.Unlock()
	return net.Dial("tcp", server)
}

// struck tells whether the fault was reached.
func (p *proxy) struck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault == nil
}

// has finds the link that the server sees as a port.
func (p *proxy) has(port int) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range p.links {
		if k.port == port {
			return k
		}
	}
	return nil
}

// hit gives the fault if this statement is the one, and takes it away.
func (p *proxy) hit(pid uint32, text string) *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, sent{pid, text})
	if p.fault == nil || !strings.Contains(text, p.fault.text) {
		return nil
	}
	if p.seen++; p.seen < max(p.fault.nth, 1) {
		return nil
	}
	f := p.fault
	p.fault = nil
	return f
}

// cut ends both connections with a reset.
func (k *link) cut() {
	k.client.SetLinger(0)
	k.server.SetLinger(0)
	k.close()
}

func (k *link) close() {
	k.client.Close()
	k.server.Close()
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	delete(k.p.links, k)
}

// freeze passes nothing on in either direction for a while, then cuts.
func (k *link) freeze(d time.Duration) {
	k.mu.Lock()
	k.mute, k.frozen = true, make(chan struct{})
	k.mu.Unlock()
	time.AfterFunc(d, k.cut)
}

func (k *link) fromClient() {
	defer k.gone()
	if err := k.startup(); err != nil {
		return
	}
	var at *fault // waits for the end of the extended protocol's batch
	for {
		typ, msg, err := message(k.client)
		if err != nil {
			return
		}
		if text, ok := sqlOf(typ, msg); ok {
			if f := k.p.hit(k.pid, text); f != nil {
				if f.prepare != nil {
					f.prepare()
				}
				if f.when == before {
					f.strike(k)
					if !k.pass {
						continue // this one is never sent
					}
				}
				at = f
			}
		}
		if at != nil && (typ == 'Q' || typ == 'S') {
			k.arm(at)
		}
		k.mu.Lock()
		frozen := k.frozen
		k.mu.Unlock()
		if frozen != nil {
			<-frozen
		}
		if _, err := k.server.Write(msg); err != nil {
			return
		}
		if at != nil && (typ == 'Q' || typ == 'S') {
			if at.when == during {
				at.strike(k)
			}
			at = nil
		}
	}
}

// gone is the end of the client: the server's side is closed like it, unless it is frozen.
func (k *link) gone() {
	k.mu.Lock()
	frozen := k.frozen != nil
	k.mu.Unlock()
	if !frozen {
		k.close()
	}
}

func (k *link) arm(f *fault) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch f.when {
	case replyLost:
		k.strike, k.mute = f.strike, true
	case after:
		k.strike = f.strike
	}
}

func (k *link) startup() error {
	var head [8]byte
	if _, err := io.ReadFull(k.client, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 8 || n > 1<<16 {
		return errors.New("no startup packet")
	}
	rest := make([]byte, n-8)
	if _, err := io.ReadFull(k.client, rest); err != nil {
		return err
	}
	_, err := k.server.Write(append(head[:], rest...))
	return err
}

func (k *link) fromServer() {
	defer k.close()
	for {
		typ, msg, err := message(k.server)
		if err != nil {
			return
		}
		if typ == 'K' {
			k.pid = binary.BigEndian.Uint32(msg[5:])
		}
		k.mu.Lock()
		strike, mute := k.strike, k.mute
		if typ == 'Z' {
			k.strike = nil
		}
		k.mu.Unlock()
		if !mute {
			if _, err := k.client.Write(msg); err != nil {
				return
			}
		}
		if typ == 'Z' && strike != nil {
			strike(k)
			if mute { // an answer is lost because the connection is
				time.AfterFunc(200*time.Millisecond, k.cut)
			}
		}
	}
}

// message reads one message, with its head.
func message(r io.Reader) (typ byte, msg []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > 1<<28 {
		return 0, nil, errors.New("no message")
	}
	msg = make([]byte, 1+n)
	copy(msg, head[:])
	_, err = io.ReadFull(r, msg[5:])
	return head[0], msg, err
}

// sqlOf gives the text of a Query or Parse message.
func sqlOf(typ byte, msg []byte) (string, bool) {
	body := msg[5:]
	switch typ {
	case 'P':
		_, rest, _ := bytes.Cut(body, []byte{0})
		body = rest
	case 'Q':
	default:
		return "", false
	}
	text, _, _ := bytes.Cut(body, []byte{0})
	return string(text), true
}
