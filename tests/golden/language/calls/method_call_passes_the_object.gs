t := {n: 5, get: func(self, k) { return self.n + k }}
print(t:get(1))    // expect: 6
print(t.get(t, 1)) // expect: 6
print(t.get({n: 1}, 1)) // expect: 2
