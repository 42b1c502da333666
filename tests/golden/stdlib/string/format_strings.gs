print(("%s %s %s %s"):format("a", 1, 1.0, nil)) // expect: a 1 1.0 nil
print(("[%5s] [%-5s] [%.2s] [%5.1s]"):format("ab", "ab", "abcdef", "xyz")) // expect: [   ab] [ab   ] [ab] [    x]
print(("%s"):format(setmetatable({}, {__tostring: func() { return "obj" }}))) // expect: obj
print(("%%|%s|%%"):format(true)) // expect: %|true|%
print(("no conversions"):format(1, 2)) // expect: no conversions
print(("%s"):format("a\x00b") == "a\x00b") // expect: true
print(pcall(string.format, "%s", setmetatable({}, {__tostring: func() { return 1 }}))) // expect: false	format_strings.gs:7: '__tostring' must return a string
