// Counts the points of a grid that belong to the Mandelbrot set.
#include <stdint.h>
#include <stdio.h>

int main(void) {
    const int64_t size = 800, limit = 200;
    int64_t inside = 0, steps = 0;
    for (int64_t py = 0; py < size; py++) {
        double ci = 2.0 * py / size - 1.0;
        for (int64_t px = 0; px < size; px++) {
            double cr = 2.0 * px / size - 1.5;
            double zr = 0.0, zi = 0.0;
            int64_t n = 0;
            while (n < limit) {
                double r2 = zr * zr, i2 = zi * zi;
                if (r2 + i2 > 4.0) break;
                zi = 2.0 * zr * zi + ci;
                zr = r2 - i2 + cr;
                n++;
            }
            steps += n;
            if (n == limit) inside++;
        }
    }
    printf("%lld %lld\n", (long long)inside, (long long)steps);
    return 0;
}
