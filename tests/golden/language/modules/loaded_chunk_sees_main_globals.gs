x := "main"
print(require("lib.loads")) // expect: main
