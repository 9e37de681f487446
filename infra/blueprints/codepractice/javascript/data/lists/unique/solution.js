function unique(list) {
  return [...new Set(list)];
}
