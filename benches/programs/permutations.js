// All permutations by Heap's method with a callback, and again in lexical order.
"use strict";

function permute(t, n, visit) {
  if (n === 1) {
    visit(t);
    return;
  }
  for (let i = 1; i < n; i++) {
    permute(t, n - 1, visit);
    const at = n % 2 === 0 ? i - 1 : 0;
    const v = t[at];
    t[at] = t[n - 1];
    t[n - 1] = v;
  }
  permute(t, n - 1, visit);
}

function nextPermutation(t) {
  const n = t.length;
  let i = n - 2;
  while (i >= 0 && t[i] >= t[i + 1]) i--;
  if (i < 0) return false;
  let j = n - 1;
  while (t[j] <= t[i]) j--;
  let v = t[i];
  t[i] = t[j];
  t[j] = v;
  let lo = i + 1, hi = n - 1;
  while (lo < hi) {
    v = t[lo];
    t[lo] = t[hi];
    t[hi] = v;
    lo++;
    hi--;
  }
  return true;
}

function first(n) {
  const t = [];
  for (let i = 1; i <= n; i++) t.push(i);
  return t;
}

let count = 0, sum = 0;
permute(first(10), 10, (t) => {
  count++;
  sum = (sum * 3 + t[0] * t[4] - t[9]) % 1000003;
  // The remainder has the sign of the dividend here.
  if (sum < 0) sum += 1000003;
});

const t = first(10);
do {
  count++;
  sum = (sum + t[1] * t[8]) % 1000003;
} while (nextPermutation(t));
console.log(`${count} ${sum}`);
