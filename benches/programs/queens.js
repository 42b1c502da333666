// All solutions of the queens problem, by backtracking over marked lines.
"use strict";

function solve(n) {
  const rows = [], up = [], down = [];
  for (let i = 0; i <= n; i++) rows.push(true);
  for (let i = 0; i <= 2 * n; i++) {
    up.push(true);
    down.push(true);
  }
  function place(col) {
    if (col > n) return 1;
    let count = 0;
    for (let row = 1; row <= n; row++) {
      if (rows[row] && up[row + col] && down[row - col + n]) {
        rows[row] = up[row + col] = down[row - col + n] = false;
        count += place(col + 1);
        rows[row] = up[row + col] = down[row - col + n] = true;
      }
    }
    return count;
  }
  return place(1);
}

let total = 0;
for (let round = 1; round <= 3; round++) {
  for (let n = 4; n <= 12; n++) total += solve(n);
}
console.log(String(total));
