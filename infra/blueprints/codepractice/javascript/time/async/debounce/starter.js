function debounce(action, ms) {
  return action;
}
