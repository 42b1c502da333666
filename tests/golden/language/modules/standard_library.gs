print(require("string") == string, require("math") == math) // expect: true	true
