// Builds and walks many short-lived binary trees beside one long-lived one.
"use strict";

function bottomUp(depth) {
  if (depth === 0) return {left: null, right: null};
  return {left: bottomUp(depth - 1), right: bottomUp(depth - 1)};
}

function check(tree) {
  if (tree.left) return 1 + check(tree.left) + check(tree.right);
  return 1;
}

function shift(n) {
  let r = 1;
  for (let i = 1; i <= n; i++) r *= 2;
  return r;
}

const maxDepth = 16;
console.log(`stretch ${check(bottomUp(maxDepth + 1))}`);
const longLived = bottomUp(maxDepth);
for (let depth = 4; depth <= maxDepth; depth += 3) {
  const iterations = shift(maxDepth - depth + 4);
  let sum = 0;
  for (let i = 1; i <= iterations; i++) sum += check(bottomUp(depth));
  console.log(`${iterations} trees of depth ${depth} check ${sum}`);
}
console.log(`long lived ${check(longLived)}`);
