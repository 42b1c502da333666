// Creates many small objects of a class, some of which stay alive for a while.
"use strict";

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }

  add(other) {
    return new Point(this.x + other.x, this.y + other.y);
  }
}

function run(n) {
  const recent = [];
  let total = new Point(0, 0);
  const unit = new Point(1, 2);
  for (let i = 1; i <= n; i++) {
    const p = new Point(i % 10, i % 7);
    total = total.add(p);
    total = total.add(unit);
    recent[i % 1000] = p;
  }
  let kept = 0;
  for (let i = 0; i < recent.length; i++) kept += recent[i].x;
  return [total, kept];
}

const [total, kept] = run(2000000);
console.log(`${total.x} ${total.y} ${kept}`);
