// Product of two square matrices kept as arrays of rows.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double **rows(int64_t n) {
    double **m = malloc(n * sizeof *m);
    for (int64_t i = 0; i < n; i++) m[i] = malloc(n * sizeof **m);
    return m;
}

static double **build(int64_t n, int64_t seed) {
    double **m = rows(n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) m[i][j] = (((i + 1) * 31 + (j + 1) * 17 + seed) % 100) / 50.0 - 1.0;
    return m;
}

static double **multiply(double **a, double **b, int64_t n) {
    double **c = rows(n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (int64_t k = 0; k < n; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    return c;
}

int main(void) {
    const int64_t n = 400;
    double **c = multiply(build(n, 1), build(n, 2), n);
    double trace = 0.0, sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        trace += c[i][i];
        for (int64_t j = 0; j < n; j++) sum += c[i][j];
    }
    printf("%.6f %.6f\n", trace, sum);
    return 0;
}
