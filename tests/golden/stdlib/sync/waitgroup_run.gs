wg := sync.waitgroup()
total := sync.atomic()
for i := 1; i <= 10; i++ { wg:run(func(n) { total:add(n) }, i) }
wg:wait()
print(total:load()) // expect: 55
