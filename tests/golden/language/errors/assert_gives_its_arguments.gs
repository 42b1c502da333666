print(assert(1, 2, 3))       // expect: 1	2	3
print(assert("x"))           // expect: x
print(select("#", assert(true, nil))) // expect: 2
