make := func(x) { return "made " .. tostring(x) }
print(make(5))         // expect: made 5
print(cap(make(chan, 1))) // expect: 1
