a := {b: {n: 5}}
func a.b:get(k) { return self.n + k }
print(a.b:get(1), a.b.get({n: 1}, 1)) // expect: 6	2
