print(pcall(error, "text"))  // expect: false	text
print(pcall(error, 42))      // expect: false	42
print(pcall(error, nil))     // expect: false	nil
print(pcall(error))          // expect: false	nil
print(pcall(error, false))   // expect: false	false
t := {}
ok, e := pcall(error, t)
print(ok, e == t)            // expect: false	true
