async function retry(action, times) {
  for (let n = 1; ; n++) {
    try {
      return await action();
    } catch (error) {
      if (n >= times) throw error;
    }
  }
}
