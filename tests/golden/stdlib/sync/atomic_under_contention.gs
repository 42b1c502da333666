a := sync.atomic()
wg := sync.waitgroup()
for range 8 { wg:run(func() { for range 100 { a:add(1) } }) }
wg:wait()
print(a:load()) // expect: 800
