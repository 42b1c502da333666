// Bytes that are not there: behind the end of the string in most loops, before its beginning, counted from the end.
func word(s, i) {
    n := 0
    for {
        c := string.byte(s, i)
        if c == nil || c == 32 { return n, i }
        n = n * 3 % 1009 + c
        i++
    }
}
func count(s, from, step, turns) {
    there, not_there, sum := 0, 0, 0
    i := from
    for k := 1; k <= turns; k++ {
        c := string.byte(s, i)
        if c { there++; sum += c } else { not_there++ }
        i += step
    }
    return there, not_there, sum
}
for i := 1; i <= 100; i++ { word("abc", 1) }
print(word("abc", 1)) // expect: 257	4
print(word("abc def", 5)) // expect: 296	8
print(word("", 1)) // expect: 0	1
print(count("abcdef", 1, 1, 300)) // expect: 6	294	597
print(count("abcdef", 1, 1, 300)) // expect: 6	294	597
print(count("abcdef", 6, -1, 300)) // expect: 12	288	1194
print(count("abcdef", 6, -1, 5)) // expect: 5	0	500
print(count("abcdef", -6, 1, 300)) // expect: 12	288	1194
print(count("abcdef", 0, 0, 300)) // expect: 0	300	0
print(count("abcdef", 2.0, 1, 300)) // expect: 5	295	500
print(select("#", string.byte("abc", 4)), select("#", string.byte("abc", -1))) // expect: 0	1
func last(s) { return string.byte(s, #s + 1), string.byte(s, 2) }
for i := 1; i <= 60; i++ { last("xyz") }
print(last("xyz")) // expect: nil	121
print((pcall(count, nil, 1, 1, 3))) // expect: false
print((pcall(count, "abc", "x", 1, 3))) // expect: false
