p := os.tmpname()
f := io.open(p, "w")
func size() { g := io.open(p); n := g:seek("end"); g:close(); return n }
f:write("abc")
print(size(), f:flush(), size())               // expect: 0	true	3
print(f:setvbuf("line"))                       // expect: true
f:write("d")
print(size())                                  // expect: 3
f:write("e\n")
print(size())                                  // expect: 6
f:setvbuf("no")
f:write("f")
print(size())                                  // expect: 7
print(pcall(func() { f:setvbuf("odd") }))      // expect: false	flush_and_setvbuf.gs:14: bad argument #1 to 'file:setvbuf' (invalid option 'odd')
f:close()
os.remove(p)
