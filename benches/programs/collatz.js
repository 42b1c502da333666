// The longest Collatz sequence from a start below a limit.
"use strict";

function steps(n) {
  let count = 0;
  while (n !== 1) {
    if (n % 2 === 0) {
      n = Math.floor(n / 2);
    } else {
      n = 3 * n + 1;
    }
    count++;
  }
  return count;
}

let best = 1, bestSteps = 0, total = 0;
for (let i = 1; i <= 300000; i++) {
  const s = steps(i);
  total += s;
  if (s > bestSteps) {
    best = i;
    bestSteps = s;
  }
}
console.log(`${best} ${bestSteps} ${total}`);
