ch := make(chan)
obj := {n: 5, m: func(self, k) { ch <- self.n + k }}
go obj:m(1)
print(<-ch) // expect: 6
