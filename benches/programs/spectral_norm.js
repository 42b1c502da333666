// The spectral norm of an infinite matrix, by the power method.
"use strict";

function a(i, j) {
  const ij = i + j - 1;
  return 1.0 / (ij * (ij - 1) * 0.5 + i);
}

function mulAv(n, x, y) {
  for (let i = 1; i <= n; i++) {
    let sum = 0.0;
    for (let j = 1; j <= n; j++) sum += x[j - 1] * a(i, j);
    y[i - 1] = sum;
  }
}

function mulAtv(n, x, y) {
  for (let i = 1; i <= n; i++) {
    let sum = 0.0;
    for (let j = 1; j <= n; j++) sum += x[j - 1] * a(j, i);
    y[i - 1] = sum;
  }
}

function mulAtAv(n, x, y, t) {
  mulAv(n, x, t);
  mulAtv(n, t, y);
}

const n = 850;
const u = [], v = [], t = [];
for (let i = 0; i < n; i++) u[i] = 1.0;
for (let i = 0; i < 10; i++) {
  mulAtAv(n, u, v, t);
  mulAtAv(n, v, u, t);
}
let vbv = 0.0, vv = 0.0;
for (let i = 0; i < n; i++) {
  vbv += u[i] * v[i];
  vv += v[i] * v[i];
}
console.log(Math.sqrt(vbv / vv).toFixed(9));
