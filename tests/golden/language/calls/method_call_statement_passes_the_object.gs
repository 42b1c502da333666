t := {n: 1}
func t:inc(by) { self.n += by }
t:inc(5)
print(t.n) // expect: 6
