func switch(x) { return "switched " .. x }
func const(x) { return "const " .. x }
func defer(x) { return "deferred " .. x }
switch(1)
const(1)
defer(1)
print(switch(2), const(3), defer(4)) // expect: switched 2	const 3	deferred 4
print(select("#", 1, 2, 3))          // expect: 3
select("#")
