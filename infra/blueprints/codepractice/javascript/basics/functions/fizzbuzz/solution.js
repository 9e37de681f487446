function fizzBuzz(n) {
  const list = [];
  for (let i = 1; i <= n; i++) {
    list.push(i % 15 === 0 ? "FizzBuzz" : i % 3 === 0 ? "Fizz" : i % 5 === 0 ? "Buzz" : i);
  }
  return list;
}
