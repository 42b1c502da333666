shared := "main"
print(require("lib.globals").before) // expect: nil
