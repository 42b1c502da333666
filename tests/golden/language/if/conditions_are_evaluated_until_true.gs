func v(x) { print("test " .. tostring(x)); return x }
if v(false) { print("a") } elseif v(1) { print("b") } elseif v(2) { print("c") }
// expect: test false
// expect: test 1
// expect: b
