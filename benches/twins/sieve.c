// The sieve of Eratosthenes over an array of booleans that grows as it is filled.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int64_t sieve(int64_t limit) {
    size_t capacity = 4;
    bool *composite = malloc(capacity);
    for (int64_t i = 1; i <= limit; i++) {
        if ((size_t)i >= capacity) {
            capacity *= 2;
            composite = realloc(composite, capacity);
        }
        composite[i] = false;
    }
    int64_t count = 0;
    for (int64_t i = 2; i <= limit; i++) {
        if (!composite[i]) {
            count++;
            for (int64_t j = i * i; j <= limit; j += i) composite[j] = true;
        }
    }
    free(composite);
    return count;
}

int main(void) {
    int64_t count = 0;
    for (int64_t round = 1; round <= 18; round++) count += sieve(1200000 + round);
    printf("%lld\n", (long long)count);
    return 0;
}
