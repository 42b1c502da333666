co := coroutine.wrap(func() {
    doubled := table.map({1, 2}, func(v) { return coroutine.yield(v) })
    return doubled[1] + doubled[2]
})
print(co())   // expect: 1
print(co(10)) // expect: 2
print(co(20)) // expect: 30
