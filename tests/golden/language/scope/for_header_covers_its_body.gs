i := "outer"
for i := 0; i < 1; i++ {
    print(i) // expect: 0
    i := "body"
    print(i) // expect: body
}
print(i) // expect: outer
