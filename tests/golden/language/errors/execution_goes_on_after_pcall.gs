func f(n) { if n == 2 { error("two") }; return n }
for i := 1; i <= 3; i++ { print(pcall(f, i)) }
// expect: true	1
// expect: false	two
// expect: true	3
