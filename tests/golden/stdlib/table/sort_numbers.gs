t := {5, 2, 8, -1, 0}
print(select("#", table.sort(t)))  // expect: 0
print(table.concat(t, " "))        // expect: -1 0 2 5 8
f := {2.5, -1.0, 1e300, 0.0}
table.sort(f)
print(table.concat(f, " "))        // expect: -1.0 0.0 2.5 1e+300
m := {3, 1.5, 2, 0.5, math.maxinteger, -math.huge}
table.sort(m)
print(table.concat(m, " "))        // expect: -Inf 0.5 1.5 2 3 9223372036854775807
