if a := 1; a > 5 {
    print("no")
} elseif b := a + 1; b > 5 {
    print("no")
} else if c := a + b; c == 3 {
    print(a, b, c) // expect: 1	2	3
} else {
    print("no")
}
if a := false; a { print("no") } else { print(a) } // expect: false
