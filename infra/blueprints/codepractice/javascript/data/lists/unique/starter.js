function unique(list) {
  return list;
}
