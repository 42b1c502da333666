// Pancake flipping over all permutations.
#include <stdint.h>
#include <stdio.h>

static void fannkuch(int64_t n, int64_t *out_sum, int64_t *out_max) {
    int64_t p[32], q[32], s[32];
    int64_t sign = 1, max_flips = 0, sum = 0;
    for (int64_t i = 1; i <= n; i++) p[i] = q[i] = s[i] = i;
    for (;;) {
        int64_t q0 = p[1];
        if (q0 != 1) {
            for (int64_t i = 2; i <= n; i++) q[i] = p[i];
            int64_t flips = 1;
            for (;;) {
                int64_t qq = q[q0];
                if (qq == 1) {
                    sum += sign * flips;
                    if (flips > max_flips) max_flips = flips;
                    break;
                }
                q[q0] = q0;
                if (q0 >= 4) {
                    for (int64_t i = 2, j = q0 - 1; i < j; i++, j--) {
                        int64_t t = q[i];
                        q[i] = q[j];
                        q[j] = t;
                    }
                }
                q0 = qq;
                flips++;
            }
        }
        if (sign == 1) {
            int64_t t = p[1];
            p[1] = p[2];
            p[2] = t;
            sign = -1;
        } else {
            int64_t t = p[2];
            p[2] = p[3];
            p[3] = t;
            sign = 1;
            int64_t i = 3;
            for (;;) {
                int64_t sx = s[i];
                if (sx != 1) {
                    s[i] = sx - 1;
                    break;
                }
                if (i == n) {
                    *out_sum = sum;
                    *out_max = max_flips;
                    return;
                }
                s[i] = i;
                int64_t first = p[1];
                for (int64_t j = 1; j <= i; j++) p[j] = p[j + 1];
                i++;
                p[i] = first;
            }
        }
    }
}

int main(void) {
    int64_t sum, flips;
    fannkuch(10, &sum, &flips);
    printf("%lld %lld\n", (long long)sum, (long long)flips);
    return 0;
}
