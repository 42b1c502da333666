math.randomseed(7)
good := true
for i := 1; i <= 1000; i++ {
    a, b, c := math.random(), math.random(6), math.random(-3, 3)
    good = good && a >= 0 && a < 1 && b >= 1 && b <= 6 && c >= -3 && c <= 3
    good = good && math.type(a) == "float" && math.type(b) == "integer"
}
print(good)                                          // expect: true
print(math.random(5, 5), math.type(math.random(0)))  // expect: 5	integer
print(math.type(math.random(math.mininteger, math.maxinteger))) // expect: integer
