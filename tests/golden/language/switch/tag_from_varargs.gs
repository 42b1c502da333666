func f(...) {
    switch ... { case "a": return "first is a" }
    switch #... { case 2: return "two" }
    return "none"
}
print(f("a", "b"), f("b", "a"), f("b")) // expect: first is a	two	none
