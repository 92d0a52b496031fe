module example.org/billing

go 1.24

require github.com/uptrace/bun v1.2.15
