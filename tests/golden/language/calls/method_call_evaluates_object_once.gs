count := 0
t := {m: func(self) { return self }}
func get() { count++; return t }
get():m()
print(get():m() == t, count) // expect: true	2
