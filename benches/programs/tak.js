// Takeuchi's function: deep calls with three arguments.
"use strict";

function tak(x, y, z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

let sum = 0;
for (let i = 1; i <= 12; i++) {
  sum += tak(24 + (i % 2), 16, 8);
}
console.log(String(sum));
