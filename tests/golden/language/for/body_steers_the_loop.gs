for i := 0; i < 10; i++ {
    print(i)
    if i == 1 { i = 7 }
}
// expect: 0
// expect: 1
// expect: 8
// expect: 9
