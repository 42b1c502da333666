func get() { return limit }
const limit = 5
print(limit, get()) // expect: 5	nil
