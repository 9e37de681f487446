function isPalindrome(text) {
  return false;
}
