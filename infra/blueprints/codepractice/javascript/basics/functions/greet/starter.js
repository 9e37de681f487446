function greet(name) {
  return "Hello!";
}
