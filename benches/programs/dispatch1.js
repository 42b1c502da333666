// Method calls at a site that sees one class.
"use strict";

class Square {
  constructor(side) {
    this.side = side;
  }

  area() {
    return this.side * this.side;
  }

  grow(d) {
    this.side += d;
  }
}

const shapes = [];
for (let i = 1; i <= 96; i++) {
  shapes.push(new Square((i % 9) + 4));
}

let total = 0;
for (let round = 1; round <= 150000; round++) {
  const step = (round % 2) * 2 - 1;
  for (let i = 0; i < shapes.length; i++) {
    const s = shapes[i];
    total += s.area();
    s.grow(step);
  }
}
console.log(total.toFixed(1));
