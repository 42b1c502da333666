// Closures: counters with private state, composition and currying.
"use strict";

function counter(step) {
  let n = 0;
  return () => {
    n += step;
    return n;
  };
}

function account(balance) {
  const deposit = (v) => {
    balance += v;
  };
  const read = () => balance;
  return [deposit, read];
}

function compose(f, g) {
  return (x) => f(g(x));
}

function adder(n) {
  return (x) => x + n;
}

function run(n) {
  let sum = 0;
  const tick = counter(3);
  const [deposit, read] = account(0);
  const twice = compose(adder(1), adder(2));
  for (let i = 1; i <= n; i++) {
    sum += tick() % 7;
    deposit(i % 5);
    sum += twice(i) % 11;
    // A fresh closure in every iteration.
    const f = adder(i);
    sum += f(1) % 3;
  }
  return sum + read();
}

console.log(String(run(3500000)));
