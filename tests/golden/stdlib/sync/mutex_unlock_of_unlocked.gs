m := sync.mutex()
print(pcall(func() { m:unlock() })) // expect: false	mutex_unlock_of_unlocked.gs:2: unlock of unlocked mutex
