// Hoare's quicksort on an array of integers.
"use strict";

function quicksort(t, lo, hi) {
  while (lo < hi) {
    const pivot = t[Math.floor((lo + hi) / 2)];
    let i = lo, j = hi;
    while (i <= j) {
      while (t[i] < pivot) i++;
      while (t[j] > pivot) j--;
      if (i <= j) {
        const v = t[i];
        t[i] = t[j];
        t[j] = v;
        i++;
        j--;
      }
    }
    if (j - lo < hi - i) {
      quicksort(t, lo, j);
      lo = i;
    } else {
      quicksort(t, i, hi);
      hi = j;
    }
  }
}

let seed = 42;
function random() {
  seed = (seed * 16807) % 2147483647;
  return seed;
}

const n = 200000;
let check = 0;
for (let round = 1; round <= 10; round++) {
  const t = [0];
  for (let i = 1; i <= n; i++) t.push(random() % 1000000);
  quicksort(t, 1, n);
  for (let i = 2; i <= n; i++) {
    if (t[i - 1] > t[i]) throw new Error("not sorted");
  }
  check = (check * 31 + t[1] + t[n / 2] + t[n]) % 1000000007;
}
console.log(String(check));
