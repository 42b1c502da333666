print(io.open("/no/such/dir/x"))             // expect: nil	open /no/such/dir/x: no such file or directory	2
print(pcall(io.open, "x", "q"))              // expect: false	open_errors.gs:2: bad argument #2 to 'io.open' (invalid mode)
print(pcall(io.open, "x", "r+x"))            // expect: false	open_errors.gs:3: bad argument #2 to 'io.open' (invalid mode)
print(pcall(io.lines, "/no/such/dir/x"))     // expect: false	open_errors.gs:4: open /no/such/dir/x: no such file or directory
