print(pcall(load("return nil + 1", "name")))  // expect: false	name:1: attempt to perform arithmetic on a nil value
print(pcall(load("\nreturn nil + 1")))        // expect: false	(load):2: attempt to perform arithmetic on a nil value
print(pcall(load("error(\"e\", 1)", "dir/x.gs"))) // expect: false	dir/x.gs:1: e
