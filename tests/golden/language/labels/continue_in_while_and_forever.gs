n := 0
for n < 4 { n++; if n == 2 { continue }; print(n) }
// expect: 1
// expect: 3
// expect: 4
for { n++; if n < 8 { continue }; break }
print(n) // expect: 8
