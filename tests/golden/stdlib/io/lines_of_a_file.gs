p := os.tmpname()
f := io.open(p, "w")
f:write("a\n\nb\r\nno end")
f:close()
for line := range io.lines(p) { print(#line) }
// expect: 1
// expect: 0
// expect: 2
// expect: 6
n := 0
for a, b := range io.lines(p, 1, "l") { n++ }
print(n)                               // expect: 3
print(pcall(io.lines, p .. ".missing") == false) // expect: true
os.remove(p)
