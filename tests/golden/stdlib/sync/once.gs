o := sync.once()
n := 0
func init(x) { n++; return x, "second" }
print(o:do(init, 5)) // expect: 5	second
print(o:do(init, 6)) // expect: 5	second
print(n)             // expect: 1
