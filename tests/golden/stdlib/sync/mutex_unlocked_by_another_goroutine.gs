m := sync.mutex()
m:lock()
go func() { m:unlock() }()
m:lock()
print("locked again") // expect: locked again
