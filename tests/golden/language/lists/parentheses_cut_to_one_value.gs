func f() { return 1, 2, 3 }
func none() {}
print((f()))              // expect: 1
print((none()))           // expect: nil
print(select("#", (none()))) // expect: 1
func g() { return (f()) }
print(g())                // expect: 1
func v(...) { return (...) }
print(v(7, 8))            // expect: 7
print(#{(f())})           // expect: 1
