print(io.write("a", 1, " ", 2.5, nil, true, "\n") == io.stdout)
// expect: a1 2.5niltrue
// expect: true
io.write()
io.write(setmetatable({}, {__tostring: func() { return "shown\n" }})) // expect: shown
io.stdout:write("x"):write("y\n")                                     // expect: xy
