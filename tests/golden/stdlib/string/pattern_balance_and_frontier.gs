print(("f(a(b)c) d)"):match("%b()"), ("if x then"):match("%b{}")) // expect: (a(b)c)	nil
print(("THE (quick) fox"):find("%f[%a]%a+%f[%A]")) // expect: 1	3
for w := range ("THE (quick) fox"):gmatch("%f[%a]%a+") { print(w) }
// expect: THE
// expect: quick
// expect: fox
print(("foo"):find("%f[%z]"), ("foo."):find("%f[%W]")) // expect: nil	4	3
print(("foo"):find("%f[\x00]")) // expect: 4	3
