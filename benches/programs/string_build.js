// Builds strings: by appending, and by pieces in an array joined at the end.
"use strict";

function byAppend(n) {
  let s = "";
  for (let i = 1; i <= n; i++) {
    s = s + "x";
    if (i % 10 === 0) s = s + i;
  }
  return s;
}

function byConcat(n) {
  const parts = [];
  for (let i = 1; i <= n; i++) {
    parts.push("item ");
    parts.push(i);
    parts.push(";");
  }
  return parts.join("");
}

function reversed(s) {
  const parts = [];
  for (let i = s.length; i >= 1; i--) parts.push(s.substring(i - 1, i));
  return parts.join("");
}

let total = 0;
for (let round = 1; round <= 14; round++) {
  total += byAppend(16000 + round).length;
  total += byConcat(120000 + round).length;
  const r = reversed(byConcat(30000));
  total += r.length + r.charCodeAt(round - 1);
}
console.log(String(total));
