function fizzBuzz(n) {
  const list = [];
  return list;
}
