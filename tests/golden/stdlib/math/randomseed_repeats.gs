func draw() {
    t := {}
    for i := 1; i <= 5; i++ { t[i] = math.random(1000000) }
    return table.concat(t, " ")
}
math.randomseed(42)
a := draw()
math.randomseed(42)
b := draw()
math.randomseed(43)
print(a == b, a == draw())                  // expect: true	false
print(select("#", math.randomseed(1)))      // expect: 0
math.randomseed(42)
print(math.random(0))                       // expect: -1276290044721465627
math.randomseed(2.0)
c := math.random(0)
math.randomseed(2)
print(c == math.random(0))                  // expect: true
math.randomseed()
print(math.random() < 1)                    // expect: true
