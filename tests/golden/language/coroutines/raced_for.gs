// Several goroutines resume and close one coroutine at once: one has it, the others get an error.
co := coroutine.create(func() { for i := 1; ; i++ { coroutine.yield(i) } })
wg := sync.waitgroup()
got, refused := sync.atomic(0), sync.atomic(0)
for g := range 4 {
    wg:run(func() {
        for i := range 500 {
            ok, v := coroutine.resume(co)
            if ok { got:add(1) } else { assert(v:find("cannot resume", 1, true)); refused:add(1) }
        }
    })
}
wg:wait()
print(got:load() + refused:load(), coroutine.status(co)) // expect: 2000	suspended
_, last := coroutine.resume(co)
print(last - got:load()) // expect: 1
closed := sync.atomic(0)
for g := range 4 { wg:run(func() { if pcall(coroutine.close, co) { closed:add(1) } }) }
wg:wait()
print(closed:load() > 0, coroutine.status(co), coroutine.resume(co)) // expect: true	dead	false	cannot resume dead coroutine
