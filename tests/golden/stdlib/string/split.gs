func show(t) { print(#t, table.concat(t, "|")) }
show(("a,b,,c"):split(",")) // expect: 4	a|b||c
show((""):split(",")) // expect: 1	
show(("abc"):split("")) // expect: 3	a|b|c
show((""):split("")) // expect: 0	
show(("a--b--"):split("--")) // expect: 3	a|b|
show(("a.b"):split(".")) // expect: 2	a|b
show(("abc"):split("x")) // expect: 1	abc
