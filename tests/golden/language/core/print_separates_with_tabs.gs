print("a", 1, nil, true, 2.5) // expect: a	1	nil	true	2.5
print()                       // expect:
print("")                     // expect:
print("two\nlines")
// expect: two
// expect: lines
