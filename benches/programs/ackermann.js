// Ackermann's function: very deep recursion.
"use strict";

function ack(m, n) {
  if (m === 0) return n + 1;
  if (n === 0) return ack(m - 1, 1);
  return ack(m - 1, ack(m, n - 1));
}

let sum = 0;
for (let i = 1; i <= 16; i++) {
  sum += ack(2, 300 + i) + ack(3, 8);
}
console.log(String(sum));
