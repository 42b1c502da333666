// Sum of the primes below a limit, by trial division.
"use strict";

function isPrime(n) {
  if (n < 2) return false;
  if (n % 2 === 0) return n === 2;
  let d = 3;
  while (d * d <= n) {
    if (n % d === 0) return false;
    d += 2;
  }
  return true;
}

let sum = 0, count = 0;
for (let n = 1; n <= 1600000; n++) {
  if (isPrime(n)) {
    sum += n;
    count++;
  }
}
console.log(`${sum} ${count}`);
