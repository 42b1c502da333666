// Positions of library errors are those of the call.
print(pcall(string.rep)) // expect: false	bad_arguments.gs:2: bad argument #1 to 'string.rep' (string expected, got no value)
print(pcall(string.rep, "x", {})) // expect: false	bad_arguments.gs:3: bad argument #2 to 'string.rep' (number expected, got table)
print(pcall(string.rep, "x", 1.5)) // expect: false	bad_arguments.gs:4: bad argument #2 to 'string.rep' (number has no integer representation)
print(pcall(string.sub, "x")) // expect: false	bad_arguments.gs:5: bad argument #2 to 'string.sub' (number expected, got no value)
print(pcall(string.upper, nil)) // expect: false	bad_arguments.gs:6: bad argument #1 to 'string.upper' (string expected, got nil)
print(pcall(string.find, "x", true)) // expect: false	bad_arguments.gs:7: bad argument #2 to 'string.find' (string expected, got boolean)
print(pcall(string.gsub, "x", "x")) // expect: false	bad_arguments.gs:8: bad argument #3 to 'string.gsub' (string/function/table expected, got no value)
print(pcall(string.join, "x")) // expect: false	bad_arguments.gs:9: bad argument #1 to 'string.join' (table expected, got string)
x := "x"
x:rep("y") // expect runtime error: bad_arguments.gs:11: bad argument #2 to 'string.rep' (number expected, got string)
