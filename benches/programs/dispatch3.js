// Method calls at a site that sees three classes.
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

class Circle {
  constructor(radius) {
    this.radius = radius;
  }

  area() {
    return 3 * this.radius * this.radius;
  }

  grow(d) {
    this.radius += d;
  }
}

class Rect {
  constructor(w, h) {
    this.w = w;
    this.h = h;
  }

  area() {
    return this.w * this.h;
  }

  grow(d) {
    this.w += d;
  }
}

const shapes = [];
for (let i = 1; i <= 96; i++) {
  if (i % 3 === 0) shapes.push(new Square((i % 9) + 4));
  else if (i % 3 === 1) shapes.push(new Circle((i % 9) + 4));
  else if (i % 3 === 2) shapes.push(new Rect((i % 9) + 4, (i % 3) + 1));
}

let total = 0;
for (let round = 1; round <= 140000; round++) {
  const step = (round % 2) * 2 - 1;
  for (let i = 0; i < shapes.length; i++) {
    const s = shapes[i];
    total += s.area();
    s.grow(step);
  }
}
console.log(total.toFixed(1));
