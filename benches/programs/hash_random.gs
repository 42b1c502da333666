// Hashing and pseudo-random numbers, with the state in locals, in a field and in globals.

const band, bxor, lshift, rshift = bit32.band, bit32.bxor, bit32.lshift, bit32.rshift

// Lehmer's generator; its state is a field.
const Lehmer = {}
Lehmer.__index = Lehmer

func Lehmer.new(seed) {
    return setmetatable({state: seed}, Lehmer)
}

func Lehmer:draw() {
    self.state = self.state * 48271 % 2147483647
    return self.state
}

// Marsaglia's xorshift with 128 bits of state in four globals.
xs_a, xs_b, xs_c, xs_d := 123456789, 362436069, 521288629, 88675123

func xorshift() {
    t := bxor(xs_a, lshift(xs_a, 11))
    xs_a, xs_b, xs_c = xs_b, xs_c, xs_d
    xs_d = bxor(bxor(xs_d, rshift(xs_d, 19)), bxor(t, rshift(t, 8)))
    return xs_d
}

// A 64-bit state in two 32-bit halves, mixed by multiplications that stay below 2^53.
func mix64(hi, lo, v) {
    lo = bxor(lo, v)
    low := band(lo, 0xffff) * 40503
    high := band(rshift(lo, 16), 0xffff) * 40503 + math.floor(low / 65536)
    lo = band(lo + lshift(band(high, 0xffff), 16) + band(low, 0xffff), 0xffffffff)
    hi = bxor(hi + band(high, 0xffffff), lshift(lo, 5))
    return bxor(hi, rshift(lo, 7)), bxor(lo, rshift(hi, 3))
}

const rng = Lehmer.new(20240229)
var sum, hi, lo = 0, 0x9e3779b9, 0x7f4a7c15
for i := 1; i <= 1500000; i++ {
    sum = (sum + rng:draw()) % 1000000007
    hi, lo = mix64(hi, lo, xorshift())
}
print(string.format("%d %d %d", sum, hi % 4294967296, lo % 4294967296))
