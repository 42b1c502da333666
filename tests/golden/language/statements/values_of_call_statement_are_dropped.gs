func f() { return 1, 2, 3 }
f();
(func() { return 5 })()
print("done") // expect: done
