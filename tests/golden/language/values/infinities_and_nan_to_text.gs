print(1/0, -1/0)     // expect: +Inf	-Inf
print(0/0)           // expect: NaN
print(-(0/0))        // expect: NaN
print(math.huge)     // expect: +Inf
print("" .. 1/0)     // expect: +Inf
