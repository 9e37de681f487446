function isPalindrome(text) {
  const letters = [...text.toLowerCase()].filter((c) => /[\p{L}\p{N}]/u.test(c));
  return letters.join("") === letters.reverse().join("");
}
