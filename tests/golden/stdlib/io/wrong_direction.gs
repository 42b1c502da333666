p := os.tmpname()
f := io.open(p, "w")
r, e, n := f:read()
print(r, e == "read " .. p .. ": bad file descriptor", n) // expect: nil	true	9
f:close()
f = io.open(p)
r, e, n = f:write("x")
print(r, e == "write " .. p .. ": bad file descriptor", n) // expect: nil	true	9
f:close()
os.remove(p)
