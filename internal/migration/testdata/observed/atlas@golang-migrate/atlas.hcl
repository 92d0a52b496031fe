env "x" {
  migration {
    dir     = "file://atlas@golang-migrate"
    format  = golang-migrate
    tx_mode = "none"
  }
}
