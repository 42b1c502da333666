func depth(n) { if n == 0 { return 0 }; return 1 + depth(n - 1) }
print(coroutine.wrap(depth)(99990)) // expect: 99990
ch := make(chan)
go func() { ch <- depth(99990) }()
print(<-ch) // expect: 99990
// skip gc-stress: a hundred thousand frames at every collection
