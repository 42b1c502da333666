func v(x) { print("eval " .. x); return x }
print(v(1) + v(2) * v(3))
// expect: eval 1
// expect: eval 2
// expect: eval 3
// expect: 7
print(v(2) ** v(3) ** v(1))
// expect: eval 2
// expect: eval 3
// expect: eval 1
// expect: 8.0
