print(tonumber("Inf"), tonumber("+Inf"), tonumber("-Inf")) // expect: +Inf	+Inf	-Inf
print(tonumber("NaN"))                                     // expect: NaN
print(tonumber("inf"), tonumber("INF"), tonumber("nan"), tonumber("infinity")) // expect: nil	nil	nil	nil
print(tonumber(tostring(1/0)) == 1/0)                      // expect: true
