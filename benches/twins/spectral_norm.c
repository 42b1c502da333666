// The spectral norm of an infinite matrix, by the power method.
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define N 850

static double u[N + 1], v[N + 1], t[N + 1];

static double a(int64_t i, int64_t j) {
    int64_t ij = i + j - 1;
    return 1.0 / (ij * (ij - 1) * 0.5 + i);
}

static void mul_av(const double *x, double *y) {
    for (int64_t i = 1; i <= N; i++) {
        double sum = 0.0;
        for (int64_t j = 1; j <= N; j++) sum += x[j] * a(i, j);
        y[i] = sum;
    }
}

static void mul_atv(const double *x, double *y) {
    for (int64_t i = 1; i <= N; i++) {
        double sum = 0.0;
        for (int64_t j = 1; j <= N; j++) sum += x[j] * a(j, i);
        y[i] = sum;
    }
}

static void mul_at_av(const double *x, double *y) {
    mul_av(x, t);
    mul_atv(t, y);
}

int main(void) {
    for (int i = 1; i <= N; i++) u[i] = 1.0;
    for (int i = 0; i < 10; i++) {
        mul_at_av(u, v);
        mul_at_av(v, u);
    }
    double vbv = 0.0, vv = 0.0;
    for (int i = 1; i <= N; i++) {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    printf("%.9f\n", sqrt(vbv / vv));
    return 0;
}
