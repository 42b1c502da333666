print(pcall(require, "lib.fails")) // expect: false	failed 1
print(pcall(require, "lib.fails")) // expect: false	failed 2
