func outer() { print("never") }
outer:
for i := 1; i <= 2; i++ {
    for {
        break
        outer()
    }
    print(i)
}
// expect: 1
// expect: 2
