// stdin: first line
// stdin: 12 0x1F -2.5e1 rest
// stdin: abcdef
// stdin: kept end
// stdin: the rest
// stdin: of it
print(io.read())                  // expect: first line
print(io.read("n", "n", "n"))     // expect: 12	31	-25.0
print(io.read("l"))               // expect:  rest
print(io.read(3), io.read("*l"))  // expect: abc	def
print(io.read("L") == "kept end\n") // expect: true
print(#io.read("a"))              // expect: 15
print(io.read(), io.read("n"), io.read(1), #io.read("a")) // expect: nil	nil	nil	0
