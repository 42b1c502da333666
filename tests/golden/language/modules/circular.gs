ok, e := pcall(require, "lib.circle_a")
print(ok, e:find("circular require of 'lib.circle_a'", 1, true) != nil) // expect: false	true
