const = 1
defer = 2
switch = 3
case = 4
default = 5
select := 6
print(const + defer + switch + case + default + select) // expect: 21
const, defer = defer, const
print(const, defer) // expect: 2	1
default++
print(default) // expect: 6
