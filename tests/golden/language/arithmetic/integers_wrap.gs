max := math.maxinteger
min := math.mininteger
print(max + 1 == min, min - 1 == max) // expect: true	true
print(max * 2)        // expect: -2
print(-min == min)    // expect: true
print(min * -1 == min) // expect: true
print(3037000500 * 3037000500) // expect: -9223372036709301616
