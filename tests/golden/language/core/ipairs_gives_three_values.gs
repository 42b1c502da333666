t := {10, 20}
f, s, c := ipairs(t)
print(type(f), s == t, c) // expect: function	true	0
print(f(t, 0))            // expect: 1	10
print(f(t, 2))            // expect: nil
