// A small ray tracer: spheres over a plane, shadows and reflections, vectors as objects.
"use strict";

class Vec {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }

  add(b) {
    return new Vec(this.x + b.x, this.y + b.y, this.z + b.z);
  }

  sub(b) {
    return new Vec(this.x - b.x, this.y - b.y, this.z - b.z);
  }

  scale(k) {
    return new Vec(this.x * k, this.y * k, this.z * k);
  }

  dot(b) {
    return this.x * b.x + this.y * b.y + this.z * b.z;
  }

  normalize() {
    return this.scale(1.0 / Math.sqrt(this.dot(this)));
  }
}

class Sphere {
  constructor(center, radius, color, mirror) {
    this.center = center;
    this.radius2 = radius * radius;
    this.color = color;
    this.mirror = mirror;
  }

  hit(origin, direction) {
    const to = this.center.sub(origin);
    const along = to.dot(direction);
    const off2 = to.dot(to) - along * along;
    if (off2 > this.radius2) return null;
    const half = Math.sqrt(this.radius2 - off2);
    let t = along - half;
    if (t > 0.0001) return t;
    t = along + half;
    if (t > 0.0001) return t;
    return null;
  }

  normal(point) {
    return point.sub(this.center).normalize();
  }

  colorAt(point) {
    return this.color;
  }
}

class Floor {
  constructor(y, mirror) {
    this.y = y;
    this.mirror = mirror;
    this.up = new Vec(0.0, 1.0, 0.0);
  }

  hit(origin, direction) {
    if (direction.y > -0.0001) return null;
    const t = (this.y - origin.y) / direction.y;
    if (t > 0.0001) return t;
    return null;
  }

  normal(point) {
    return this.up;
  }

  colorAt(point) {
    return (Math.floor(point.x) + Math.floor(point.z)) % 2 === 0 ? 0.9 : 0.2;
  }
}

function nearest(scene, origin, direction) {
  let best = 1e30, found = null;
  for (let i = 0; i < scene.length; i++) {
    const t = scene[i].hit(origin, direction);
    if (t !== null && t < best) {
      best = t;
      found = scene[i];
    }
  }
  return [found, best];
}

function shade(scene, light, origin, direction, depth) {
  const [thing, t] = nearest(scene, origin, direction);
  if (thing === null) return 0.3 + 0.5 * (direction.y + 1.0) * 0.5;
  const point = origin.add(direction.scale(t));
  const normal = thing.normal(point);
  const toLight = light.sub(point);
  let bright = 0.1;
  if (nearest(scene, point, toLight.normalize())[0] === null) {
    const cosine = normal.dot(toLight.normalize());
    if (cosine > 0.0) bright += 0.9 * cosine;
  }
  let color = thing.colorAt(point) * bright;
  if (depth > 0 && thing.mirror > 0.0) {
    const bounced = direction.sub(normal.scale(2.0 * direction.dot(normal)));
    color = color * (1.0 - thing.mirror) + thing.mirror * shade(scene, light, point, bounced, depth - 1);
  }
  return color;
}

function render(width, height) {
  const scene = [new Floor(-1.0, 0.1)];
  for (let i = 0; i <= 6; i++) {
    const center = new Vec(i * 1.1 - 3.3, -0.3 + (i % 3) * 0.6, 5.0 + (i % 2) * 1.5);
    scene.push(new Sphere(center, 0.7, 0.3 + 0.1 * i, 0.3));
  }
  const light = new Vec(-5.0, 8.0, -3.0), eye = new Vec(0.0, 0.5, -2.0);
  let sum = 0.0, dark = 0;
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      const direction = new Vec(((px - width / 2) / width) * 1.6, ((height / 2 - py) / width) * 1.6, 1.0).normalize();
      const color = shade(scene, light, eye, direction, 3);
      sum += color;
      if (color < 0.1) dark++;
    }
  }
  return [sum, dark];
}

const [sum, dark] = render(360, 270);
console.log(`${sum.toFixed(6)} ${dark}`);
