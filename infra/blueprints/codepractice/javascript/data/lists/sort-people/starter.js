function byAge(people) {
  return people;
}
