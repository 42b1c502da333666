// `^` is no anchor here; `init` is where the first search begins.
for s := range ("a^a"):gmatch("^a") { print(s) } // expect: ^a
for s := range ("abcde"):gmatch(".", -2) { print(s) }
// expect: d
// expect: e
for s := range ("abc"):gmatch(".", 9) { print(s) }
for p := range ("abc"):gmatch("()", 3) { print(p) }
// expect: 3
// expect: 4
f := ("x"):gmatch("x")
print(f(), f(), f()) // expect: x	nil	nil
