// Several bytes at once, and what is not that many.
func word(s, at) {
    a, b, c, d := s:byte(at, at + 3)
    if d == nil { return (a || -1), (b || -1), (c || -1) }
    return a * 16777216 + b * 65536 + c * 256 + d
}
func one(s, i, j) { return (s:byte(i, j)) }
func pair(s, i, j) {
    a, b := string.byte(s, i, j)
    return (a || 0) * 1000 + (b || 0)
}
sum, ones, pairs := 0, 0, 0
for i := 1; i <= 200; i++ {
    s := "abcdefgh" .. i
    sum += word(s, i % 5 + 1)
    ones += one(s, 2, 2)
    pairs += pair(s, i % 7 + 1, i % 7 + 2)
}
print(sum, ones, pairs)  // expect: 333504788400	19600	20018198
print(word("abc", 1))  // expect: 97	98	99
print(word("abc", 3))  // expect: 99	-1	-1
print(word("abcdef", -4))  // expect: 1667523942
print(word("", 1))  // expect: -1	-1	-1
print(one("xyz", 2, 1), one("xyz", -1, 3), one("xyz", 1, -1), one("xyz", 4, 4), one("xyz", 0, 0))  // expect: nil	122	120	nil	nil
print(pair("xyz", 1, 3), pair("xyz", 3, 4), pair("xyz", "1", 2.0), pair(12, 1, 2))  // expect: 120121	122000	120121	49050
print(pcall(pair, "xyz", {}, 2))  // expect: false	bytes_of_a_range_in_a_loop.gs:9: bad argument #2 to 'string.byte' (number expected, got table)
