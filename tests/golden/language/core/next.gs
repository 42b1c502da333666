print(next({}))              // expect: nil
print(next({10}))            // expect: 1	10
print(next({10}, 1))         // expect: nil
print(next({a: 1, b: 2}, "a")) // expect: b	2
print(next({a: false}))      // expect: a	false
