function sleep(ms) {
}
