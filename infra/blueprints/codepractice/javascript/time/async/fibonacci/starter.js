function* fibonacci() {
}
