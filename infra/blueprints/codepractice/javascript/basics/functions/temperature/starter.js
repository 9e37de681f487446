function toCelsius(f) {
}
