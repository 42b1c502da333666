print(pcall(func() { select {} })) // expect: false	empty_select_waits_forever.gs:1: all goroutines are asleep - deadlock!
