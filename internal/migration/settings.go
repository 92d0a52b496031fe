package migration

import (
	"bytes"
	"strings"
)

// setting finds the value of a key in a file of lines: key = value, key: value,
// key=value; in TOML, INI, properties, HCL and simple YAML. A value in quotes is
// without them. Of a key that is there twice the last counts. Comments begin with #
// or //, and keys of sections stand for themselves: `flyway.mixed` is also mixed
// below [flyway]. It is no parser: a value on several lines is not found.
func setting(src []byte, keys ...string) (value string, ok bool) {
	section := ""
	for off := 0; off < len(src); {
		line, next := cutLine(src, off)
		off = next
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "#") || strings.HasPrefix(text, "//") || strings.HasPrefix(text, ";") {
			continue
		}
		if strings.HasPrefix(text, "[") && strings.Contains(text, "]") {
			section = strings.Trim(text[:strings.Index(text, "]")], "[] ")
			continue
		}
		i := strings.IndexAny(text, "=:")
		if i < 0 {
			continue
		}
		key := strings.Trim(strings.TrimSpace(text[:i]), `"'`)
		for _, k := range keys {
			if key == k || section != "" && section+"."+key == k {
				value, ok = unquoted(text[i+1:]), true
			}
		}
	}
	return value, ok
}

// unquoted takes quotes, or a comment behind a bare value, off.
func unquoted(v string) string {
	v = strings.TrimSpace(v)
	if v != "" && (v[0] == '"' || v[0] == '\'') {
		if i := strings.IndexByte(v[1:], v[0]); i >= 0 {
			return v[1 : 1+i]
		}
	}
	if i := strings.Index(v, " #"); i >= 0 {
		v = v[:i]
	}
	return strings.TrimRight(strings.TrimSpace(v), ",")
}

// tomlBool gives a boolean key; said is false where it is missing.
func tomlBool(src []byte, key string) (value, said bool) {
	v, said := setting(bytes.TrimPrefix(src, bom), key)
	return v == "true", said
}
