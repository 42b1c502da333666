// Hashes strings byte by byte, and spreads them over buckets kept in arrays.
"use strict";

function hash(s) {
  let h = 5381;
  for (let i = 0; i < s.length; i++) h = (h * 33 + s.charCodeAt(i)) % 4294967296;
  return h;
}

function polynomial(s) {
  let h = 0;
  for (let i = 0; i < s.length; i++) h = (h * 131 + s.charCodeAt(i)) % 1000000007;
  return h;
}

class Set {
  constructor(buckets) {
    this.buckets = [];
    for (let i = 0; i < buckets; i++) this.buckets.push([]);
    this.count = buckets;
    this.size = 0;
  }

  add(s) {
    const bucket = this.buckets[hash(s) % this.count];
    for (let i = 0; i < bucket.length; i++) {
      if (bucket[i] === s) return false;
    }
    bucket.push(s);
    this.size++;
    return true;
  }
}

const names = [];
for (let i = 1; i <= 5000; i++) names.push("identifier_" + ((i * 7919) % 4000) + "_suffix");
let check = 0, size = 0;
for (let round = 1; round <= 60; round++) {
  const set = new Set(512);
  for (let i = 0; i < names.length; i++) {
    set.add(names[i]);
    check = (check + polynomial(names[i])) % 1000000007;
  }
  size += set.size;
}
console.log(`${size} ${check}`);
