async function retry(action, times) {
  return action();
}
