func call() { return later() }
func later() { return "found" }
print(call()) // expect: found
