function titleCase(text) {
}
