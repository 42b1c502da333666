print(("hello world"):gsub("o", "0")) // expect: hell0 w0rld	2
print(("hello world"):gsub("(%w+)", "<%1>")) // expect: <hello> <world>	2
print(("hello world"):gsub("%w+", "%0 %0", 1)) // expect: hello hello world	1
print(("abc"):gsub("%w", "%1")) // expect: abc	3
print(("x = y"):gsub("(%w+) = (%w+)", "%2 = %1")) // expect: y = x	1
print(("100%"):gsub("%%", " percent"), ("a"):gsub("a", "%%")) // expect: 100 percent	%	1
print(("abc"):gsub("", "-")) // expect: -a-b-c-	4
print(("abc"):gsub("%w*", "x")) // expect: x	1
print(("abc"):gsub("b*", "-")) // expect: -a-c-	3
print(("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x")) // expect: xbc	xaa	1
print(("abc"):gsub("b", "x", 0), ("abc"):gsub("b", "x", -1)) // expect: abc	abc	0
print(("abc"):gsub("()", "%1")) // expect: 1a2b3c4	4
print(("a b"):gsub("%w", 7)) // expect: 7 7	2
