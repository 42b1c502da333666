func gen() { for i := 1; i <= 3; i++ { coroutine.yield(i, -i) } }
for a, b := range coroutine.wrap(gen) { print(a, b) }
// expect: 1	-1
// expect: 2	-2
// expect: 3	-3
