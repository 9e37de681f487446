class Account {
  #balance = 0;
  get balance() { return this.#balance; }
  deposit(n) { this.#balance += n; }
  withdraw(n) {
    if (n > this.#balance) throw new Error("insufficient funds");
    this.#balance -= n;
  }
}
