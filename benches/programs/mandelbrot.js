// Counts the points of a grid that belong to the Mandelbrot set.
"use strict";

function mandelbrot(size, limit) {
  let inside = 0, steps = 0;
  for (let py = 0; py < size; py++) {
    const ci = (2.0 * py) / size - 1.0;
    for (let px = 0; px < size; px++) {
      const cr = (2.0 * px) / size - 1.5;
      let zr = 0.0, zi = 0.0;
      let n = 0;
      while (n < limit) {
        const r2 = zr * zr, i2 = zi * zi;
        if (r2 + i2 > 4.0) break;
        zi = 2.0 * zr * zi + ci;
        zr = r2 - i2 + cr;
        n++;
      }
      steps += n;
      if (n === limit) inside++;
    }
  }
  return [inside, steps];
}

const [inside, steps] = mandelbrot(800, 200);
console.log(`${inside} ${steps}`);
