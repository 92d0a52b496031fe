package migration

import (
	"cmp"
	"io/fs"
	"path"
	"strings"
)

// sqitchLayout is where a project of Sqitch keeps its files.
type sqitchLayout struct {
	conf, plan                     string
	deploy, revert                 string
	reworkedDeploy, reworkedRevert string
	extension                      string
	other                          bool // it is for another server
}

// sqitchPlaces reads the sqitch.conf of the directory: settings of the engine's
// target count more than those of the engine, and those more than core's. Where
// nothing is said all is in the directory, or in top_dir.
func sqitchPlaces(fsys fs.FS) sqitchLayout {
	src, err := fs.ReadFile(fsys, "sqitch.conf")
	var l sqitchLayout
	if err == nil {
		l.conf = "sqitch.conf"
	}
	engine, _ := setting(src, "core.engine")
	l.other = engine != "" && engine != "pg" && engine != "cockroach"
	engine = cmp.Or(engine, "pg")
	target, _ := setting(src, `engine "`+engine+`".target`)
	get := func(key, otherwise string) string {
		for _, section := range []string{`target "` + target + `"`, `engine "` + engine + `"`, "core"} {
			if v, ok := setting(src, section+"."+key); ok && v != "" {
				return path.Clean(strings.ReplaceAll(v, "\\", "/"))
			}
		}
		return path.Clean(otherwise)
	}
	top := get("top_dir", ".")
	l.plan = get("plan_file", top+"/sqitch.plan")
	l.deploy, l.revert = get("deploy_dir", top+"/deploy"), get("revert_dir", top+"/revert")
	reworked := get("reworked_dir", top)
	l.reworkedDeploy = get("reworked_deploy_dir", reworked+"/deploy")
	l.reworkedRevert = get("reworked_revert_dir", reworked+"/revert")
	l.extension = "." + get("extension", "sql")
	return l
}

// scripts gives the paths of a change's scripts. Of one that was reworked the name
// has the first tag under which there is a deploy script.
func (l *sqitchLayout) scripts(fsys fs.FS, c sqitchChange) (deploy, revert string) {
	if len(c.tags) == 0 {
		return path.Join(l.deploy, c.name+l.extension), path.Join(l.revert, c.name+l.extension)
	}
	tag := c.tags[0]
	for _, t := range c.tags {
		if _, err := fs.Stat(fsys, path.Join(l.reworkedDeploy, c.name+t+l.extension)); err == nil {
			tag = t
			break
		}
	}
	return path.Join(l.reworkedDeploy, c.name+tag+l.extension), path.Join(l.reworkedRevert, c.name+tag+l.extension)
}

func detectSqitch(fsys fs.FS) (int, string) {
	if !has(fsys, "sqitch.plan") && !has(fsys, "sqitch.conf") {
		return 0, ""
	}
	l := sqitchPlaces(fsys)
	for _, p := range []string{l.plan, l.deploy} {
		if !fs.ValidPath(p) {
			return 0, ""
		}
		if _, err := fs.Stat(fsys, p); err != nil {
			return 0, ""
		}
	}
	if l.other {
		return 0, ""
	}
	if l.plan != "sqitch.plan" {
		return 98, l.conf + ", " + l.plan
	}
	return 98, l.plan
}
