t := {}
for i := 1; i <= 100000; i++ { t[i] = i }
func count(...) { return #..., ...[1], ...[100000] }
func forward(...) { return ... }
print(count(unpack(t)))          // expect: 100000	1	100000
print(count(forward(unpack(t)))) // expect: 100000	1	100000
print(#{unpack(t)})              // expect: 100000
print(select("#", unpack(t)))    // expect: 100000
print(select(-1, forward(unpack(t)))) // expect: 100000
