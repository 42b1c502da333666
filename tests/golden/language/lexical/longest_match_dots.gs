print(1 .. 2)      // expect: 12
print("a".."b")    // expect: ab
func f(...) { return ... }
print(f("x", "y")) // expect: x	y
