// Counts the words of a text and lists the most frequent ones.
"use strict";

const WORDS = [
  "the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "and", "then",
  "a", "table", "with", "many", "entries", "is", "counted", "by", "word", "length",
];

function makeText(n) {
  const parts = [];
  let seed = 7;
  for (let i = 1; i <= n; i++) {
    seed = (seed * 3877 + 29573) % 139968;
    let w = WORDS[seed % WORDS.length];
    if (seed % 5 === 0) w = w + (seed % 300);
    parts.push(w);
  }
  return parts.join(" ");
}

function countWords(text) {
  const counts = new Map();
  for (const [w] of text.matchAll(/[A-Za-z0-9]+/g)) counts.set(w, (counts.get(w) || 0) + 1);
  return counts;
}

const text = makeText(100000);
let counts;
for (let round = 1; round <= 60; round++) counts = countWords(text);

const list = [];
for (const [word, count] of counts) list.push({word, count});
list.sort((a, b) => (a.count !== b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
console.log(`${list.length} words`);
for (let i = 0; i < 5; i++) console.log(`${list[i].word} ${list[i].count}`);
