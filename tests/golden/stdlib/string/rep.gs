print(("ab"):rep(3), ("ab"):rep(3, "-"), ("x"):rep(5)) // expect: ababab	ab-ab-ab	xxxxx
print(("ab"):rep(0) == "", ("ab"):rep(-1) == "", (""):rep(1000000000) == "") // expect: true	true	true
print(string["repeat"]("ab", 2, "/"), (""):rep(3, "-"), ("ab"):rep(1, "-")) // expect: ab/ab	--	ab
print(#("0123456789"):rep(100000)) // expect: 1000000
