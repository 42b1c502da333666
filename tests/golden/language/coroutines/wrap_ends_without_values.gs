f := coroutine.wrap(func() {})
print(select("#", f())) // expect: 0
