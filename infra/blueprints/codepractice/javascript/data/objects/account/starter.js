class Account {
  balance = 0;
}
