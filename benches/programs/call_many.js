// A loop around a call of a tiny function.
"use strict";

function add(a, b) {
  return a + b;
}

let x = 0;
for (let i = 1; i <= 40000000; i++) {
  x = add(x, 1);
}
console.log(String(x));
