print(require("lib.many")) // expect: first
