func f() { defer error("from defer"); return 1 }
print(pcall(f)) // expect: false	from defer
func g() { defer error("from defer"); error("from body") }
print(pcall(g)) // expect: false	from defer
