m := require("lib.counter")
print(m.tick(), m.tick())          // expect: 1	2
print(require("lib.counter") == m) // expect: true
print(require("lib.counter").tick()) // expect: 3
