p := os.tmpname()
f := io.open(p, "w")
line := string.rep("x", 200000)
f:write(line, "\n", line, "\n")
for i := 1; i <= 20000; i++ { f:write(i, "\n") }
f:close()
f = io.open(p)
print(#f:read(), #f:read("L"))   // expect: 200000	200001
sum := 0
for l := range f:lines() { sum += tonumber(l) }
print(sum)                       // expect: 200010000
print(io.type(f))                // expect: file
f:seek("set", 200001)
print(#f:read("a") > 300000)     // expect: true
f:close()
os.remove(p)
