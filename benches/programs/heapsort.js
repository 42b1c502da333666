// Heapsort on an array of floats.
"use strict";

function siftDown(t, lo, hi) {
  let root = lo;
  while (root * 2 <= hi) {
    let child = root * 2;
    if (child < hi && t[child] < t[child + 1]) child++;
    if (t[root] >= t[child]) return;
    const v = t[root];
    t[root] = t[child];
    t[child] = v;
    root = child;
  }
}

function heapsort(t, n) {
  for (let i = Math.floor(n / 2); i >= 1; i--) siftDown(t, i, n);
  for (let i = n; i >= 2; i--) {
    const v = t[1];
    t[1] = t[i];
    t[i] = v;
    siftDown(t, 1, i - 1);
  }
}

let seed = 42;
function random() {
  seed = (seed * 3877 + 29573) % 139968;
  return seed / 139968;
}

const n = 150000;
let check = 0.0;
for (let round = 1; round <= 8; round++) {
  const t = [0.0];
  for (let i = 1; i <= n; i++) t.push(random());
  heapsort(t, n);
  for (let i = 2; i <= n; i++) {
    if (t[i - 1] > t[i]) throw new Error("not sorted");
  }
  check = check + t[1] + t[n / 2] + t[n];
}
console.log(check.toFixed(9));
