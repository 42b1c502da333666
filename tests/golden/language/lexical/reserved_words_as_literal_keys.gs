t := {break: 1, chan: 2, continue: 3, else: 4, elseif: 5, false: 6, for: 7, func: 8,
    go: 9, if: 10, in: 11, nil: 12, range: 13, return: 14, true: 15, var: 16}
sum := 0
for _, v := range t { sum += v }
print(sum)              // expect: 136
print(t.nil, t["true"]) // expect: 12	15
