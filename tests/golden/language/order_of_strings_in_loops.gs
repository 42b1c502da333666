// The order of strings in machine code: by the first byte, by later ones, by length; and of what is no string.
func least(list) {
    m := list[1]
    for i := 2; i <= #list; i++ {
        if list[i] < m { m = list[i] }
    }
    return m
}
func digits(s) {
    n := 0
    for i := 1; i <= #s; i++ {
        c := s:sub(i, i)
        if c >= "0" && c <= "9" { n++ }
    }
    return n
}
func below(a, b) { return a < b, a <= b, a > b, a >= b }
words := {}
for i := 1; i <= 200; i++ { words[i] = "k" .. i * 7919 % 1000 }
n := 0
for r := 1; r <= 20; r++ { n += digits("a1b22c333" .. r) + #least(words) }
print(n, least(words), digits(""))  // expect: 231	k109	0
for i := 1; i <= 100; i++ { below("a" .. i, "b"); below("ab", "a" .. i) }
print(below("a", "b"))  // expect: true	true	false	false
print(below("abc", "abd"))  // expect: true	true	false	false
print(below("abc", "ab"))  // expect: false	false	true	true
print(below("", ""))  // expect: false	true	false	true
print(below("", "a"))  // expect: true	true	false	false
print(below("\xff", "\x7f"))  // expect: false	false	true	true
print(below("a\x00b", "a\x00c"))  // expect: true	true	false	false
print(below("same" .. 1, "same1"))  // expect: false	true	false	true
print(below(1, 2))  // expect: true	true	false	false
print(below(2.5, 2))  // expect: false	false	true	true
print(pcall(below, "a", 1))  // expect: false	order_of_strings_in_loops.gs:17: attempt to compare string with number
print(pcall(below, {}, {}))  // expect: false	order_of_strings_in_loops.gs:17: attempt to compare two table values
print(pcall(below, nil, "a"))  // expect: false	order_of_strings_in_loops.gs:17: attempt to compare nil with string
print(least({"q", "b" .. "c", "b", ("x"):rep(300), "b" .. ("y"):rep(300)}), least({3, 1.5, 2}))  // expect: b	1.5
