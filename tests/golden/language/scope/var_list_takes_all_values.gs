func two() { return 1, 2 }
var a, b, c = 0, two()
print(a, b, c) // expect: 0	1	2
var d, e = 5
print(d, e)    // expect: 5	nil
