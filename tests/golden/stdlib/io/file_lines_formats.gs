p := os.tmpname()
io.open(p, "w"):write("1 a\n2 b\n"):close()
f := io.open(p)
for n, rest := range f:lines("n", "l") { print(n, rest) }
// expect: 1	 a
// expect: 2	 b
print(pcall(func() { f:lines("l", "odd") })) // expect: false	file_lines_formats.gs:7: bad argument #2 to 'file:lines' (invalid format)
f:close()
os.remove(p)
