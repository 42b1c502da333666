// The sieve of Eratosthenes over an array of booleans.
"use strict";

function sieve(limit) {
  const composite = [false];
  for (let i = 1; i <= limit; i++) composite.push(false);
  let count = 0;
  for (let i = 2; i <= limit; i++) {
    if (!composite[i]) {
      count++;
      for (let j = i * i; j <= limit; j += i) composite[j] = true;
    }
  }
  return count;
}

let count = 0;
for (let round = 1; round <= 18; round++) count += sieve(1200000 + round);
console.log(String(count));
