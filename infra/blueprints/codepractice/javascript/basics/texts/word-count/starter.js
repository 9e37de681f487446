function countWords(text) {
  return {};
}
