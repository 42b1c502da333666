func v(x) { print("eval " .. x); return x }
t := {v(1), a: v(2), [v("k")]: v(3), v(4)}
// expect: eval 1
// expect: eval 2
// expect: eval k
// expect: eval 3
// expect: eval 4
print(t[1], t.a, t.k, t[2]) // expect: 1	2	3	4
