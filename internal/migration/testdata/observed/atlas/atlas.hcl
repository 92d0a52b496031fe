env "x" {
  migration {
    dir     = "file://migrations"
    tx_mode = "none"
  }
}
