n := 2
print(cap(make(chan, n + 1)), cap(make(chan, 0)), cap(make(chan, 2.0))) // expect: 3	0	2
