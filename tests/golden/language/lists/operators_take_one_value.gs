func f() { return 1, 2 }
print(f() + 1, -f())      // expect: 2	-1
print(f() && f())         // expect: 1
print(1 .. f())           // expect: 11
if f() { print("one") }   // expect: one
