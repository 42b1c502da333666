var x = 1
f := func() { return x }
x := 2
print(x, f()) // expect: 2	1
x = 3
print(x, f()) // expect: 3	1
