// A goroutine that computes for ever between its sleeps of no time keeps nobody from running.
turns := sync.atomic()
go func() { for { turns:add(1); time.sleep(0) } }()
go func() { for { turns:add(1); time.sleep(-1) } }()
for turns:load() < 100 { time.sleep(0) }
print(turns:load() >= 100) // expect: true
