add := func(a) { return func(b) { return func(c) { return a + b + c } } }
print(add(1)(2)(3)) // expect: 6
