print(pcall(math.random, -1))          // expect: false	random_messages.gs:1: bad argument #1 to 'math.random' (interval is empty)
print(pcall(math.random, 2, 1))        // expect: false	random_messages.gs:2: bad argument #2 to 'math.random' (interval is empty)
print(pcall(math.random, 1, 2, 3))     // expect: false	random_messages.gs:3: wrong number of arguments
print(pcall(math.random, 1.5))         // expect: false	random_messages.gs:4: bad argument #1 to 'math.random' (number has no integer representation)
