main, is_main := coroutine.running()
print(type(main), is_main) // expect: coroutine	true
co := nil
co = coroutine.create(func() {
    me, m := coroutine.running()
    return me == co, m
})
print(coroutine.resume(co)) // expect: true	true	false
