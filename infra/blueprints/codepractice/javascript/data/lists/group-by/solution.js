function groupBy(list, key) {
  const groups = {};
  for (const item of list) (groups[key(item)] ??= []).push(item);
  return groups;
}
