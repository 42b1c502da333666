co := coroutine.create(func() { return select("#", coroutine.yield(nil, 2, nil)) })
print(coroutine.resume(co))               // expect: true	nil	2	nil
print(coroutine.resume(co, nil, nil, nil)) // expect: true	3
