function groupBy(list, key) {
}
