module example.org/billing

go 1.24

require github.com/ory/x v0.0.729
