// Conway's game of life on a torus.
"use strict";

function newGrid(w, h) {
  const g = [];
  for (let y = 0; y < h; y++) {
    const row = [];
    for (let x = 0; x < w; x++) row.push(0);
    g.push(row);
  }
  return g;
}

function step(src, dst, w, h) {
  let alive = 0;
  for (let y = 0; y < h; y++) {
    const above = src[y > 0 ? y - 1 : h - 1], here = src[y], below = src[y < h - 1 ? y + 1 : 0];
    const out = dst[y];
    for (let x = 0; x < w; x++) {
      const l = x > 0 ? x - 1 : w - 1;
      const r = x < w - 1 ? x + 1 : 0;
      const n = above[l] + above[x] + above[r] + here[l] + here[r] + below[l] + below[x] + below[r];
      if (n === 3 || (n === 2 && here[x] === 1)) {
        out[x] = 1;
        alive++;
      } else {
        out[x] = 0;
      }
    }
  }
  return alive;
}

const w = 160, h = 120;
let a = newGrid(w, h), b = newGrid(w, h);
let seed = 4711;
for (let y = 0; y < h; y++) {
  for (let x = 0; x < w; x++) {
    seed = (seed * 3877 + 29573) % 139968;
    if (seed > 90000) a[y][x] = 1;
  }
}
let alive = 0, sum = 0;
for (let i = 1; i <= 900; i++) {
  alive = step(a, b, w, h);
  sum += alive;
  [a, b] = [b, a];
}
console.log(`${alive} ${sum}`);
