b := {parts: ""}
func b:add(x) { self.parts = self.parts .. x; return self }
print(b:add("a"):add("b").parts) // expect: ab
b
    :add("c")
    :add("d")
print(b.parts) // expect: abcd
