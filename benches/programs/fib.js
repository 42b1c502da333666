// Doubly recursive Fibonacci: the cost of a call and of a small integer comparison.
"use strict";

function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

console.log(String(fib(37)));
