t := {m: func(self, x) { return "old " .. x }}
func change() { t.m = func(self, x) { return "new " .. x }; return 1 }
print(t:m(change())) // expect: old 1
print(t:m(2))        // expect: new 2
