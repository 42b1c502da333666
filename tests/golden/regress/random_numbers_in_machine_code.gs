// Random numbers of compiled code are those of the interpreter; ranges that are none, and limits that are no integers.
func ints(n, low, high) { h := 0; for i := 1; i <= n; i++ { h = (h * 31 + math.random(low, high)) % 1000003 }; return h }
func up_to(n, high) { h := 0; for i := 1; i <= n; i++ { h = (h * 31 + math.random(high)) % 1000003 }; return h }
func floats(n) { s := 0.0; for i := 1; i <= n; i++ { math.random(); s += math.random() }; return s }
math.randomseed(7)
print(ints(500, -5, 90), ints(500, 3, 3), up_to(500, 100), string.format("%.6f", floats(500)))  // expect: 224705	322588	74737	252.870959
print(ints(20, 2.0, 6), up_to(20, 8.0), up_to(3, 1))  // expect: 464483	844757	993
ok, e := pcall(ints, 5, 3, 2)
print(ok, e)  // expect: false	random_numbers_in_machine_code.gs:2: bad argument #2 to 'math.random' (interval is empty)
ok, e = pcall(up_to, 5, -1)
print(ok, e)  // expect: false	random_numbers_in_machine_code.gs:3: bad argument #1 to 'math.random' (interval is empty)
ok, e = pcall(up_to, 5, 1.5)
print(ok, e)  // expect: false	random_numbers_in_machine_code.gs:3: bad argument #1 to 'math.random' (number has no integer representation)
print(math.type(math.random(0)), up_to(500, 6))  // expect: integer	401330
