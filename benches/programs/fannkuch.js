// Pancake flipping over all permutations.
"use strict";

function fannkuch(n) {
  const p = [0], q = [0], s = [0];
  let sign = 1, maxFlips = 0, sum = 0;
  for (let i = 1; i <= n; i++) {
    p.push(i);
    q.push(i);
    s.push(i);
  }
  for (;;) {
    let q0 = p[1];
    if (q0 !== 1) {
      for (let i = 2; i <= n; i++) q[i] = p[i];
      let flips = 1;
      for (;;) {
        const qq = q[q0];
        if (qq === 1) {
          sum += sign * flips;
          if (flips > maxFlips) maxFlips = flips;
          break;
        }
        q[q0] = q0;
        if (q0 >= 4) {
          let i = 2, j = q0 - 1;
          while (i < j) {
            const t = q[i];
            q[i] = q[j];
            q[j] = t;
            i++;
            j--;
          }
        }
        q0 = qq;
        flips++;
      }
    }
    if (sign === 1) {
      const t = p[1];
      p[1] = p[2];
      p[2] = t;
      sign = -1;
    } else {
      const t = p[2];
      p[2] = p[3];
      p[3] = t;
      sign = 1;
      let i = 3;
      for (;;) {
        const sx = s[i];
        if (sx !== 1) {
          s[i] = sx - 1;
          break;
        }
        if (i === n) return [sum, maxFlips];
        s[i] = i;
        const first = p[1];
        for (let j = 1; j <= i; j++) p[j] = p[j + 1];
        i++;
        p[i] = first;
      }
    }
  }
}

const [sum, flips] = fannkuch(10);
console.log(`${sum} ${flips}`);
