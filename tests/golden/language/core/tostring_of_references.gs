func starts(v, prefix) { return tostring(v):sub(1, #prefix) == prefix }
print(starts({}, "table: 0x"))                          // expect: true
print(starts(func() {}, "function: 0x"))                // expect: true
print(starts(coroutine.create(print), "coroutine: 0x")) // expect: true
print(starts(make(chan), "channel: 0x"))                // expect: true
t := {}
print(tostring(t) == tostring(t), tostring(t) == tostring({})) // expect: true	false
