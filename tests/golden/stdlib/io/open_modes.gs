p := os.tmpname()
func put(mode, text) { f := io.open(p, mode); f:write(text); f:close() }
func get() { f := io.open(p, "rb"); s := f:read("a"); f:close(); return s }
put("w", "hello")
put("a", " world")
print(get())              // expect: hello world
f := io.open(p, "r+")
print(f:read(5))          // expect: hello
f:write("-")
f:close()
print(get())              // expect: hello-world
f = io.open(p, "w+b")
f:write("abc")
print(f:seek("set"), f:read("a")) // expect: 0	abc
f:close()
f = io.open(p, "a+")
print(f:read("a"))        // expect: abc
f:write("d")
f:seek("set", 1)
print(f:read("a"))        // expect: bcd
f:close()
os.remove(p)
