t := {x: 1, 5, y: 2, 6, [true]: 3}
a, b, c := "", "", ""
for k, v := range t { a = a .. tostring(k) .. " " }
for k, v := range pairs(t) { b = b .. tostring(k) .. " " }
k := next(t)
for k != nil { c = c .. tostring(k) .. " "; k = next(t, k) }
print(a .. "|")       // expect: 1 2 x y true |
print(a == b, b == c) // expect: true	true
