fs := {}
for i, v := range {"a", "b"} { fs[i] = func() { v ..= "!"; return i .. v } }
print(fs[1](), fs[1](), fs[2]()) // expect: 1a!	1a!!	2b!
