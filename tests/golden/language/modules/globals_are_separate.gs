shared := "main"
m := require("lib.globals")
print(m.get(), shared, only_in_module) // expect: module	main	nil
shared = "changed"
print(m.get()) // expect: module
m.set("new")
print(m.get(), shared) // expect: new	changed
