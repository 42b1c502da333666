func v(x) { print("eval " .. x); return x }
print(v(1) > v(2))
// expect: eval 1
// expect: eval 2
// expect: false
print(v(3) >= v(2))
// expect: eval 3
// expect: eval 2
// expect: true
