fs := {}
for i := 0; (func() { fs[#fs + 1] = func() { return i }; return i < 2 })(); i++ {}
print(#fs, fs[1](), fs[2](), fs[3]()) // expect: 3	0	1	2
