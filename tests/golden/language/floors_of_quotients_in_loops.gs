// The floor of a quotient of integers is a division of integers only where the quotient of floats says the same: of integers
// beyond 53 bits the float is not exact, and the floor of a large float is a float.

func digits(n, k) {
    sum := 0
    for i := 1; i <= 3000; i++ {
        v := n * i + i
        sum = (sum + math.floor(v / 1000) % 997 + math.floor(v / -7) + math.floor(v / 8)) % 1000003
    }
    return sum
}

print(digits(1, 0))                     // expect: 844330
print(digits(-123456, 0))               // expect: 259638
for _, n := range {3000000000000, 2 ** 40, 9007199254740993, 4611686018427387904, -9007199254740993, 0.5} {
    print(digits(n, 0))
}
// expect: 311258
// expect: 205999
// expect: 914712
// expect: 255512
// expect: 832554
// expect: 881964

func quarter(list) {
    t := {}
    for i := 1; i <= #list; i++ {
        t[#t + 1] = math.floor(list[i] / 4)
    }
    return t
}

small := {}
for i := 1; i <= 500; i++ { small[i] = i - 250 }
q := quarter(small)
print(q[1], q[249], q[250], q[251], q[500])
// expect: -63	-1	0	0	62
for round := 1; round <= 40; round++ { quarter(small) }
big := {9007199254740991, 9007199254740992, 9007199254740993, -9007199254740993, 9223372036854775807, 1e300}
for round := 1; round <= 3; round++ {
    q = quarter(big)
    print(q[1], q[2], q[3], q[4], q[5], q[6])
}
// expect: 2251799813685247	2251799813685248	2251799813685248	-2251799813685248	2305843009213693952	2.5e+299
// expect: 2251799813685247	2251799813685248	2251799813685248	-2251799813685248	2305843009213693952	2.5e+299
// expect: 2251799813685247	2251799813685248	2251799813685248	-2251799813685248	2305843009213693952	2.5e+299
q = quarter(small)
print(q[1], q[249], q[250], q[251], q[500])
// expect: -63	-1	0	0	62
