// The state after a call in a loop's head names the call's own result, also where the head was copied.
for i := 0; i < 2; i++ { }
for i := range 1 {
    v = {}
}
n := 0
for i := range 2 {
    n += #({1, 2})
}
print(type(v), n) // expect: table	4
