func f() { return 1, 2, 3 }
print(f())           // expect: 1	2	3
print(0, f())        // expect: 0	1	2	3
a, b, c := f()
print(a, b, c)       // expect: 1	2	3
print(#{f()}, #{0, f()}) // expect: 3	4
