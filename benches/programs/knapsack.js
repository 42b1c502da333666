// Dynamic programming: the 0/1 knapsack with a full table, and the longest common subsequence.
"use strict";

function knapsack(weights, values, capacity) {
  const n = weights.length;
  const best = [[]];
  for (let c = 0; c <= capacity; c++) best[0].push(0);
  for (let i = 1; i <= n; i++) {
    const row = [], above = best[i - 1];
    const w = weights[i - 1], v = values[i - 1];
    for (let c = 0; c <= capacity; c++) {
      const without = above[c];
      row.push(c >= w ? Math.max(without, above[c - w] + v) : without);
    }
    best.push(row);
  }
  let chosen = 0, c = capacity;
  for (let i = n; i >= 1; i--) {
    if (best[i][c] !== best[i - 1][c]) {
      chosen++;
      c -= weights[i - 1];
    }
  }
  return [best[n][capacity], chosen];
}

function common(a, b) {
  const n = a.length, m = b.length;
  let previous = [], current = [];
  for (let j = 0; j <= m; j++) {
    previous.push(0);
    current.push(0);
  }
  for (let i = 1; i <= n; i++) {
    for (let j = 1; j <= m; j++) {
      if (a[i - 1] === b[j - 1]) {
        current[j] = previous[j - 1] + 1;
      } else {
        current[j] = Math.max(previous[j], current[j - 1]);
      }
    }
    [previous, current] = [current, previous];
  }
  return previous[m];
}

const weights = [], values = [];
for (let i = 1; i <= 100; i++) {
  weights.push(((i * 37) % 91) + 5);
  values.push(((i * 53) % 97) + 10);
}
const a = [], b = [];
for (let i = 1; i <= 1200; i++) {
  a.push((i * i) % 17);
  b.push((i * 7) % 23);
}

let total = 0, items = 0;
for (let round = 1; round <= 8; round++) {
  const [value, chosen] = knapsack(weights, values, 4000 + round);
  total += value + common(a, b);
  items += chosen;
}
console.log(`${total} ${items}`);
