t := {}
for i := 1; i <= 100000; i++ { t[i] = i }
func forward(...) { return ... }
print(select("#", pcall(forward, unpack(t))))          // expect: 100001
print(select("#", coroutine.wrap(forward)(unpack(t)))) // expect: 100000
co := coroutine.wrap(func(...) { return #..., coroutine.yield(...) })
print(select("#", co(unpack(t))))                      // expect: 100000
print(select("#", co(unpack(t))))                      // expect: 100001
