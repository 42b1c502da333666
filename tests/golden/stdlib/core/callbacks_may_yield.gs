co := coroutine.wrap(func() {
    ok, v := pcall(coroutine.yield, "inside")
    return ok, v
})
print(co())       // expect: inside
print(co("back")) // expect: true	back
