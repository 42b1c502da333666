fs := {}
for i := 1; i <= 3; i++ { fs[i] = func() { return i } }
print(fs[1](), fs[2](), fs[3]()) // expect: 1	2	3
