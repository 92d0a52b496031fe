env "local" {
  url = "postgres://localhost:5432/billing?sslmode=disable"
  migration {
    dir = "file://migrations"
  }
}
