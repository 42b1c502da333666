// Mutually recursive functions: Hofstadter's sequences and a parity test.
"use strict";

function female(n) {
  if (n === 0) return 1;
  return n - male(female(n - 1));
}

function male(n) {
  if (n === 0) return 0;
  return n - female(male(n - 1));
}

function isEven(n) {
  if (n === 0) return true;
  return isOdd(n - 1);
}

function isOdd(n) {
  if (n === 0) return false;
  return isEven(n - 1);
}

let sum = 0;
for (let i = 1; i <= 480; i++) sum += female(i % 60) + male(i % 55);

let evens = 0;
for (let i = 1; i <= 8000; i++) {
  if (isEven(i)) evens++;
}
console.log(`${sum} ${evens}`);
