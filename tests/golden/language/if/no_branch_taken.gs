if false { print("never") }
if nil { print("never") } elseif false { print("never") }
print("after") // expect: after
