// A cache with a limit that drops the entry not used for longest: a hash and a doubly linked list.
"use strict";

class Cache {
  constructor(capacity) {
    this.capacity = capacity;
    this.size = 0;
    this.map = new Map();
    this.head = {key: 0, value: 0, prev: null, next: null};
    this.tail = {key: 0, value: 0, prev: this.head, next: null};
    this.head.next = this.tail;
  }

  unlink(node) {
    node.prev.next = node.next;
    node.next.prev = node.prev;
  }

  pushFront(node) {
    const first = this.head.next;
    node.prev = this.head;
    node.next = first;
    this.head.next = node;
    first.prev = node;
  }

  get(key) {
    const node = this.map.get(key);
    if (!node) return undefined;
    this.unlink(node);
    this.pushFront(node);
    return node.value;
  }

  put(key, value) {
    let node = this.map.get(key);
    if (node) {
      node.value = value;
      this.unlink(node);
      this.pushFront(node);
      return;
    }
    if (this.size === this.capacity) {
      const last = this.tail.prev;
      this.unlink(last);
      this.map.delete(last.key);
      this.size--;
    }
    node = {key, value, prev: null, next: null};
    this.map.set(key, node);
    this.pushFront(node);
    this.size++;
  }
}

const cache = new Cache(1000);
let seed = 1, hits = 0, misses = 0, sum = 0;
for (let i = 1; i <= 4000000; i++) {
  seed = (seed * 16807) % 2147483647;
  let key = seed % 1500;
  if (seed % 3 === 0) key = key % 100;
  const value = cache.get(key);
  if (value !== undefined) {
    hits++;
    sum += value;
  } else {
    misses++;
    cache.put(key, i % 1000);
  }
}
console.log(`${hits} ${misses} ${sum}`);
