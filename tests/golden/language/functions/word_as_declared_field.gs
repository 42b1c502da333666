t := {}
func t.range() { return "range" }
func t.func() { return "func" }
func t:if() { return "if" }
print(t.range(), t.func(), t:if()) // expect: range	func	if
