function sum(a, b) {
}
