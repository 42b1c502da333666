func f(...) { return #(...), (...)[2], #... }
print(f({7, 8, 9}, 2)) // expect: 3	8	2
func g(...) { return #(...) }
print(g("abcd", 1))    // expect: 4
