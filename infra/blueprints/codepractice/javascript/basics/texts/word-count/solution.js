function countWords(text) {
  const counts = Object.create(null);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) counts[word] = (counts[word] ?? 0) + 1;
  return { ...counts };
}
