package lint

// afterVersion tells whether a version comes after another: digits compare as
// numbers, all else as text. A migration without a version comes after all.
func afterVersion(version, than string) bool {
	if version == "" {
		return true
	}
	if isDigits(version) && isDigits(than) {
		version, than = trimZeros(version), trimZeros(than)
		if len(version) != len(than) {
			return len(version) > len(than)
		}
	}
	return version > than
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func trimZeros(s string) string {
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}
