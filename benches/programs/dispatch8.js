// Method calls at a site that sees eight classes.
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

class Triangle {
  constructor(base, height) {
    this.base = base;
    this.height = height;
  }

  area() {
    return (this.base * this.height) / 2;
  }

  grow(d) {
    this.base += d;
  }
}

class Ring {
  constructor(outer, inner) {
    this.outer = outer;
    this.inner = inner;
  }

  area() {
    return 3 * (this.outer * this.outer - this.inner * this.inner);
  }

  grow(d) {
    this.outer += d;
  }
}

class Cross {
  constructor(arm, width) {
    this.arm = arm;
    this.width = width;
  }

  area() {
    return 4 * this.arm * this.width + this.width * this.width;
  }

  grow(d) {
    this.arm += d;
  }
}

class Diamond {
  constructor(p, q) {
    this.p = p;
    this.q = q;
  }

  area() {
    return (this.p * this.q) / 2;
  }

  grow(d) {
    this.p += d;
  }
}

class Line {
  constructor(length) {
    this.length = length;
  }

  area() {
    return 0 * this.length;
  }

  grow(d) {
    this.length += d;
  }
}

const shapes = [];
for (let i = 1; i <= 96; i++) {
  if (i % 8 === 0) shapes.push(new Square((i % 9) + 4));
  else if (i % 8 === 1) shapes.push(new Circle((i % 9) + 4));
  else if (i % 8 === 2) shapes.push(new Rect((i % 9) + 4, (i % 3) + 1));
  else if (i % 8 === 3) shapes.push(new Triangle((i % 9) + 4, (i % 3) + 1));
  else if (i % 8 === 4) shapes.push(new Ring((i % 9) + 4, (i % 3) + 1));
  else if (i % 8 === 5) shapes.push(new Cross((i % 9) + 4, (i % 3) + 1));
  else if (i % 8 === 6) shapes.push(new Diamond((i % 9) + 4, (i % 3) + 1));
  else if (i % 8 === 7) shapes.push(new Line((i % 9) + 4));
}

let total = 0;
for (let round = 1; round <= 130000; round++) {
  const step = (round % 2) * 2 - 1;
  for (let i = 0; i < shapes.length; i++) {
    const s = shapes[i];
    total += s.area();
    s.grow(step);
  }
}
console.log(total.toFixed(1));
