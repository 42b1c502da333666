// Encodes and decodes JSON with the built-in coder.
"use strict";

function makeData(n) {
  const list = [];
  for (let i = 1; i <= n; i++) {
    list.push({
      id: i,
      name: "user " + i,
      email: "user" + i + "@example.org",
      active: i % 3 === 0,
      score: i * 0.25 + 0.125,
      tags: ["alpha", "beta " + (i % 10), "line\n\"quoted\""],
      position: {x: (i % 100) + 0.5, y: (i % 50) - 25, deep: {values: [i, i + 1, i + 2]}},
    });
  }
  return {version: 3, title: "list of users", users: list};
}

function checksum(data) {
  let sum = 0;
  for (const u of data.users) {
    const p = u.position;
    sum = sum + u.id + u.score + u.name.length + u.email.length + u.tags[2].length + p.x + p.y + p.deep.values[2];
    if (u.active) sum++;
  }
  return sum;
}

let data = makeData(500);
let length = 0, sum = 0;
for (let round = 1; round <= 50; round++) {
  const text = JSON.stringify(data);
  length += text.length;
  data = JSON.parse(text);
  sum += checksum(data);
}
console.log(`${length} ${sum.toFixed(3)}`);
