// The first of several results, where the rest of the register stack's chunk is just too short for all of them.
t := {11, 12, 13, 14, 15, 16, 17, 18}
wrong := 0
func a(n) { x := unpack(t); if x != 11 { wrong++ }; if n == 0 { return 0 }; return a(n - 1) }
func b(n, p) { x := unpack(t); if x != 11 { wrong++ }; if n == 0 { return 0 }; return b(n - 1, p) }
func c(n, p, q) { x := unpack(t); if x != 11 { wrong++ }; if n == 0 { return 0 }; return c(n - 1, p, q) }
func d(n, p, q, r) { x := unpack(t); if x != 11 { wrong++ }; if n == 0 { return 0 }; return d(n - 1, p, q, r) }
for _, f := range {a, b, c, d} { coroutine.wrap(func() { f(3000) })() }
print(wrong) // expect: 0
