// Product of two square matrices kept as arrays of rows.
"use strict";

function build(n, seed) {
  const m = [];
  for (let i = 1; i <= n; i++) {
    const row = [];
    for (let j = 1; j <= n; j++) row.push(((i * 31 + j * 17 + seed) % 100) / 50.0 - 1.0);
    m.push(row);
  }
  return m;
}

function multiply(a, b, n) {
  const c = [];
  for (let i = 0; i < n; i++) {
    const row = [], ai = a[i];
    for (let j = 0; j < n; j++) {
      let sum = 0.0;
      for (let k = 0; k < n; k++) sum += ai[k] * b[k][j];
      row.push(sum);
    }
    c.push(row);
  }
  return c;
}

const n = 400;
const c = multiply(build(n, 1), build(n, 2), n);
let trace = 0.0, sum = 0.0;
for (let i = 0; i < n; i++) {
  trace += c[i][i];
  for (let j = 0; j < n; j++) sum += c[i][j];
}
console.log(`${trace.toFixed(6)} ${sum.toFixed(6)}`);
