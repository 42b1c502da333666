// Levenshtein distance between words, with two rows of the table.
"use strict";

function distance(a, b) {
  const la = a.length, lb = b.length;
  let previous = [], current = [];
  for (let j = 0; j <= lb; j++) previous.push(j);
  for (let i = 1; i <= la; i++) {
    const ca = a.charCodeAt(i - 1);
    current[0] = i;
    for (let j = 1; j <= lb; j++) {
      const cost = ca === b.charCodeAt(j - 1) ? 0 : 1;
      let best = previous[j - 1] + cost;
      const deletion = previous[j] + 1;
      if (deletion < best) best = deletion;
      const insertion = current[j - 1] + 1;
      if (insertion < best) best = insertion;
      current[j] = best;
    }
    [previous, current] = [current, previous];
  }
  return previous[lb];
}

let seed = 99;
function word(n) {
  const letters = [];
  for (let i = 1; i <= n; i++) {
    seed = (seed * 16807) % 2147483647;
    letters.push(String.fromCharCode(97 + (seed % 4)));
  }
  return letters.join("");
}

const words = [];
for (let i = 1; i <= 48; i++) words.push(word(100 + (i % 20)));
let sum = 0, closest = 1000;
for (let i = 0; i < words.length; i++) {
  for (let j = i + 1; j < words.length; j++) {
    const d = distance(words[i], words[j]);
    sum += d;
    if (d < closest) closest = d;
  }
}
console.log(`${sum} ${closest}`);
