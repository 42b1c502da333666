fs := {}
for _, name := range {"a", "b", "c"} { fs[#fs + 1] = func() { return name } }
print(fs[1](), fs[2](), fs[3]()) // expect: a	b	c
