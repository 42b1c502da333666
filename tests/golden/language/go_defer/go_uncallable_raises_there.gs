print(pcall(func() { go missing() })) // expect: false	go_uncallable_raises_there.gs:1: attempt to call a nil value (global 'missing')
x := 5
print(pcall(func() { go x(1) }))      // expect: false	go_uncallable_raises_there.gs:3: attempt to call a number value (global 'x')
