package trace

import "bytes"

// wrapping is how something between the program and the file has marked the lines.
type wrapping uint8

const (
	wrapCompose wrapping = iota + 1 // app-1  | line; foreman's 10:55:00 web.1 | line
	wrapNumber                      // [2] line: concurrently, turbo
	wrapCRI                         // 2026-11-22T10:55:00.1Z stdout F line: Kubernetes
	wrapSyslog                      // Nov 22 10:55:00 host name[pid]: line
	wrapKubectl                     // [pod/name/container] line
	wrapDocker                      // {"log":"line\n","stream":"stderr",…}: docker json-file
	wrappings
)

// strip takes the mark off a line; ok is false where there is none.
func (w wrapping) strip(line []byte) (node string, rest []byte, ok bool) {
	switch w {
	case wrapCompose:
		i := bytes.IndexByte(line, '|')
		if i < 1 || i > 60 {
			return "", nil, false
		}
		name := bytes.TrimSpace(line[:i])
		if j := bytes.LastIndexByte(name, ' '); j >= 0 { // foreman: a time before the name
			name = name[j+1:]
		}
		return string(name), trimOne(line[i+1:]), nodeName(name)
	case wrapNumber, wrapKubectl:
		i := bytes.IndexByte(line, ']')
		if i < 2 || i > 120 || line[0] != '[' {
			return "", nil, false
		}
		name := line[1:i]
		return string(name), trimOne(line[i+1:]), nodeName(name) && (w == wrapKubectl) == bytes.Contains(name, []byte("/"))
	case wrapCRI:
		f := bytes.SplitN(line, []byte(" "), 4)
		if len(f) < 3 || len(f[0]) < 20 || f[0][4] != '-' || string(f[1]) != "stdout" && string(f[1]) != "stderr" || len(f[2]) != 1 {
			return "", nil, false
		}
		if len(f) == 3 {
			return "", nil, true
		}
		return "", f[3], true
	case wrapSyslog:
		return stripSyslog(line)
	case wrapDocker:
		if !bytes.HasPrefix(line, []byte(`{"log":"`)) && !bytes.Contains(line, []byte(`"stream":"std`)) {
			return "", nil, false
		}
		var o object
		if !o.parse(line) || !o.has("log") {
			return "", nil, false
		}
		return "", bytes.TrimRight(o.get("log"), "\r\n"), true
	}
	return "", nil, false
}

func trimOne(b []byte) []byte {
	if len(b) > 0 && b[0] == ' ' {
		return b[1:]
	}
	return b
}

func nodeName(b []byte) bool {
	for _, c := range b {
		if !isName(c) && c != '-' && c != '.' && c != '/' && c != ':' {
			return false
		}
	}
	return len(b) > 0
}

// stripSyslog reads "Nov 22 10:55:00 host postgres[26677]: [5-1] line". PostgreSQL
// numbers the pieces of a record; a tab is written #011.
func stripSyslog(line []byte) (node string, rest []byte, ok bool) {
	i := bytes.Index(line, []byte("]: "))
	if i < 0 || i > 160 {
		return "", nil, false
	}
	head := line[:i]
	open := bytes.LastIndexByte(head, '[')
	if open < 0 || !allDigits(head[open+1:]) || bytes.Count(head, []byte(":")) < 2 {
		return "", nil, false
	}
	rest = line[i+3:]
	if len(rest) > 4 && rest[0] == '[' && isDigit(rest[1]) {
		end := bytes.IndexByte(rest, ']')
		dash := bytes.IndexByte(rest, '-')
		if end > 0 && dash > 0 && dash < end && allDigits(rest[1:dash]) && allDigits(rest[dash+1:end]) {
			piece := string(rest[dash+1 : end])
			rest = trimOne(rest[end+1:])
			if piece != "1" {
				rest = append([]byte("\t"), bytes.TrimPrefix(rest, []byte("#011"))...)
			}
		}
	}
	return "", rest, true
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}
