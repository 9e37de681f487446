function flatten(list) {
  return list.reduce((all, one) => (Array.isArray(one) ? [...all, ...flatten(one)] : [...all, one]), []);
}
