p := os.tmpname()
f := io.open(p, "w+")
f:write("0123456789")
print(f:seek(), f:seek("set", 3), f:read(2), f:seek("cur"), f:seek("cur", 1), f:read(1)) // expect: 10	3	34	5	6	6
print(f:seek("end"), f:seek("end", -2), f:read("a"))                                     // expect: 10	8	89
r, e := f:seek("set", -1)
print(r, e == "seek " .. p .. ": invalid argument")                                      // expect: nil	true
print(pcall(f.seek, f, "middle"))  // expect: false	seek.gs:8: bad argument #1 to 'file:seek' (invalid option 'middle')
f:close()
os.remove(p)
