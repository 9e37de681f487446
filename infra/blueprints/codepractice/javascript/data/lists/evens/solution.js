function evens(list) {
  return list.filter((n) => n % 2 === 0);
}
