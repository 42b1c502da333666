m := require("lib.replaces")
print(m.text(5), tostring(5)) // expect: replaced	5
