// SHA-256 of messages, on 32-bit integer operations.

const band, bxor, bnot, ror, rshift = bit32.band, bit32.bxor, bit32.bnot, bit32.rrotate, bit32.rshift

const K = {}
const START = {}

func fraction_bits(x) {
    f := x - math.floor(x)
    return math.floor(f * 4294967296)
}

// The round constants are the fractions of roots of the first primes; a power with 1/3 would not be exact on every
// machine, so the cube root is polished by Newton's rule.
func cube_root(n) {
    r := 1.0
    for i := 1; i <= 60; i++ {
        r -= (r * r * r - n) / (3.0 * r * r)
    }
    return r
}

func fill_constants() {
    n, p := 0, 2
    for n < 64 {
        prime := true
        for d := 2; d < p; d++ {
            if p % d == 0 { prime = false }
        }
        if prime {
            n++
            K[n] = fraction_bits(cube_root(p))
            if n <= 8 { START[n] = fraction_bits(math.sqrt(p)) }
        }
        p++
    }
}

func pad(message) {
    len := #message
    zeros := (55 - len) % 64
    bits := len * 8
    parts := {}
    for i := 8; i >= 1; i-- {
        parts[i] = string.char(bits % 256)
        bits = math.floor(bits / 256)
    }
    return message .. "\x80" .. string.rep("\x00", zeros) .. table.concat(parts)
}

func block(s, at, w, h) {
    for i := 1; i <= 16; i++ {
        a, b, c, d := s:byte(at, at + 3)
        w[i] = a * 16777216 + b * 65536 + c * 256 + d
        at += 4
    }
    for i := 17; i <= 64; i++ {
        v, u := w[i - 15], w[i - 2]
        s0 := bxor(bxor(ror(v, 7), ror(v, 18)), rshift(v, 3))
        s1 := bxor(bxor(ror(u, 17), ror(u, 19)), rshift(u, 10))
        w[i] = band(w[i - 16] + s0 + w[i - 7] + s1, 0xffffffff)
    }
    a, b, c, d, e, f, g, k := h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8]
    for i := 1; i <= 64; i++ {
        s1 := bxor(bxor(ror(e, 6), ror(e, 11)), ror(e, 25))
        ch := bxor(band(e, f), band(bnot(e), g))
        t1 := k + s1 + ch + K[i] + w[i]
        s0 := bxor(bxor(ror(a, 2), ror(a, 13)), ror(a, 22))
        maj := bxor(bxor(band(a, b), band(a, c)), band(b, c))
        t2 := s0 + maj
        k, g, f, e, d, c, b, a = g, f, e, band(d + t1, 0xffffffff), c, b, a, band(t1 + t2, 0xffffffff)
    }
    h[1] = band(h[1] + a, 0xffffffff)
    h[2] = band(h[2] + b, 0xffffffff)
    h[3] = band(h[3] + c, 0xffffffff)
    h[4] = band(h[4] + d, 0xffffffff)
    h[5] = band(h[5] + e, 0xffffffff)
    h[6] = band(h[6] + f, 0xffffffff)
    h[7] = band(h[7] + g, 0xffffffff)
    h[8] = band(h[8] + k, 0xffffffff)
}

func sha256(message) {
    s := pad(message)
    h, w := {}, {}
    for i := 1; i <= 8; i++ {
        h[i] = START[i]
    }
    for at := 1; at <= #s; at += 64 {
        block(s, at, w, h)
    }
    out := {}
    for i := 1; i <= 8; i++ {
        out[i] = string.format("%08x", h[i] % 4294967296)
    }
    return table.concat(out)
}

fill_constants()
print(sha256("abc"))
var digest = ""
for i := 1; i <= 240; i++ {
    digest = sha256(string.rep("GScript", 700) .. digest)
}
print(digest)
