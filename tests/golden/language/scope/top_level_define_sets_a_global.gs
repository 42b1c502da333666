func get() { return x }
x := 1
print(get()) // expect: 1
x := 2
print(get()) // expect: 2
