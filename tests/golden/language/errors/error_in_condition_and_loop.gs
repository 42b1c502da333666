print(pcall(func() { if nothing.x { print("never") } }))          // expect: false	error_in_condition_and_loop.gs:1: attempt to index a nil value (global 'nothing')
print(pcall(func() { for i := 0; i < nil; i++ {} }))              // expect: false	error_in_condition_and_loop.gs:2: attempt to compare number with nil
print(pcall(func() { switch nothing.x { case 1: print("no") } })) // expect: false	error_in_condition_and_loop.gs:3: attempt to index a nil value (global 'nothing')
