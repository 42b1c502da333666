p := os.tmpname()
f := io.open(p, "w")
write := f.write
write("a")
f.write(f, "b")
f:write("c")
f.close()
print(io.open(p):read("a")) // expect: abc
os.remove(p)
