print(require("lib.uses_counter")) // expect: 1
print(require("lib.counter").tick()) // expect: 2
