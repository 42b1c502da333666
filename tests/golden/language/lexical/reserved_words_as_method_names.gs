q := {name: "q"}
func q:go(n) { return self.name .. n }
func q:range() { return "range of " .. self.name }
func q:if() { return "if" }
print(q:go(1))    // expect: q1
print(q:range())  // expect: range of q
print(q:if())     // expect: if
q:go(2)
