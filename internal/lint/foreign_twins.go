package lint

// The rules of other linters and the rules here that report the same; see
// facts of each linter's own documentation.
var (
	squawkTwins = map[string][]string{
		"require-concurrent-index-creation":            {"index-not-concurrent"},
		"require-concurrent-index-deletion":            {"drop-index-not-concurrent"},
		"ban-concurrent-index-creation-in-transaction": {"concurrently-in-transaction"},
		"adding-not-nullable-field":                    {"set-not-null"},
		"adding-field-with-default":                    {"add-column-volatile-default"},
		"adding-required-field":                        {"add-column-not-null-no-default"},
		"changing-column-type":                         {"alter-column-type"},
		"adding-foreign-key-constraint":                {"fk-validated-at-once"},
		"constraint-missing-not-valid":                 {"check-validated-at-once", "fk-validated-at-once"},
		"disallowed-unique-constraint":                 {"unique-builds-index"},
		"adding-serial-primary-key-field":              {"primary-key-builds-index", "add-column-serial"},
		"require-concurrent-reindex":                   {"reindex-not-concurrent"},
		"ban-drop-column":                              {"drop-column"},
		"ban-drop-table":                               {"drop-table"},
		"renaming-column":                              {"rename-column"},
		"renaming-table":                               {"rename-table"},
		"require-timeout-settings":                     {"lock-timeout-missing"},
	}
	pgsafeTwins = map[string][]string{
		"add-index-non-concurrent":    {"index-not-concurrent"},
		"drop-index-non-concurrent":   {"drop-index-not-concurrent"},
		"concurrently-in-transaction": {"concurrently-in-transaction"},
		"set-not-null":                {"set-not-null"},
		"drop-column":                 {"drop-column"},
		"drop-table":                  {"drop-table"},
		"rename-column":               {"rename-column"},
		"rename-table":                {"rename-table"},
	}
	atlasTwins = map[string][]string{
		"DS102": {"drop-table"},
		"DS103": {"drop-column"},
		"PG101": {"index-not-concurrent"},
		"PG102": {"drop-index-not-concurrent"},
		"PG103": {"concurrently-in-transaction"},
		"PG105": {"unique-builds-index"},
		"PG301": {"alter-column-type"},
		"PG302": {"add-column-volatile-default"},
		"PG303": {"set-not-null"},
		"PG304": {"primary-key-builds-index", "primary-key-scans-nullable"},
		"PG305": {"check-validated-at-once"},
		"MF103": {"add-column-not-null-no-default"},
		"MF104": {"set-not-null"},
		"BC101": {"rename-table"},
		"BC102": {"rename-column"},
	}
	eugeneTwins = map[string][]string{
		"E1":  {"check-validated-at-once", "fk-validated-at-once"},
		"E2":  {"set-not-null"},
		"E4":  {"work-while-locked"},
		"E5":  {"alter-column-type"},
		"E6":  {"index-not-concurrent"},
		"E7":  {"unique-builds-index"},
		"E8":  {"exclusion-builds-index"},
		"E9":  {"lock-timeout-missing"},
		"E11": {"add-column-serial", "add-column-generated-stored"},
		"W14": {"primary-key-scans-nullable"},
	}
	excellentTwins = map[string][]string{
		"index_not_concurrently":    {"index-not-concurrent"},
		"column_reference_added":    {"fk-validated-at-once"},
		"column_added_with_default": {"add-column-volatile-default"},
		"column_volatile_default":   {"add-column-volatile-default"},
		"column_type_changed":       {"alter-column-type"},
		"column_removed":            {"drop-column"},
		"column_renamed":            {"rename-column"},
		"table_dropped":             {"drop-table"},
		"table_renamed":             {"rename-table"},
		"check_constraint_added":    {"check-validated-at-once"},
		"not_null_added":            {"set-not-null"},
	}
)
