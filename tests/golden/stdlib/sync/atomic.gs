a := sync.atomic(5)
print(a:load(), a:add(3), a:swap(1), a:load()) // expect: 5	8	8	1
print(a:compareAndSwap(1, 7), a:load())        // expect: true	7
print(a:compareAndSwap(1, 9), a:load())        // expect: false	7
a:store(-2)
print(a:load(), sync.atomic():load())          // expect: -2	0
a:store(math.maxinteger)
print(a:add(1) == math.mininteger)             // expect: true
