module github.com/safemig/safemig

go 1.26

require github.com/pganalyze/pg_query_go/v5 v5.1.0
