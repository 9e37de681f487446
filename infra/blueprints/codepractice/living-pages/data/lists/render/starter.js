function render(people) {
}
