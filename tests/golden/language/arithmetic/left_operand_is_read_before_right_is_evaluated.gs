x := 1
func change() { x = 10; return 100 }
print(x + change()) // expect: 101
print(x + change()) // expect: 110
func local() {
    y := 1
    set := func() { y = 5; return 0 }
    return y + set()
}
print(local()) // expect: 1
