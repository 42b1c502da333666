rows := csv.parse("# note\na; b\n1;2\n", {sep: ";", comment: "#", trimSpace: true})
print(#rows, rows[1][2], rows[2][1])                 // expect: 2	b	1
rows = csv.parse("a\"b,\"c\"d\"\n", {lazyQuotes: true})
print(rows[1][1], rows[1][2])                        // expect: a"b	c"d
print(pcall(csv.parse, "", {sep: ""}) == false)      // expect: true
print(pcall(csv.parse, "", 5))                       // expect: false	options.gs:6: bad argument #2 to 'csv.parse' (table expected, got number)
