// Long rows of cases and of elseif in hot loops, dense, sparse and of ranges, with values at and beyond their ends.
func dense(x) {
    switch x {
    case 1: return "one"
    case 2: return "two"
    case 3, 7: return "three or seven"
    case 4: return "four"
    case 5: return "five"
    case 6: return "six"
    }
    return "none"
}

func sparse(x) {
    if x == 1000 { return 1 }
    elseif x == -50 { return 2 }
    elseif x == 7 { return 3 }
    elseif x == 140737488355327 { return 4 }
    elseif x == -140737488355328 { return 5 }
    elseif x == 8 { return 6 }
    elseif x != 9 { return 7 }
    return 8
}

func grade(x) {
    if x < 10 { return 1 }
    elseif x < 20 { return 2 }
    elseif x == 25 { return 3 }
    elseif x < 30 { return 4 }
    elseif x >= 90 { return 5 }
    elseif x > 80 { return 6 }
    return 7
}

counts := {}
for round := 1; round <= 300; round++ {
    for x := 0; x <= 8; x++ {
        name := dense(x)
        counts[name] = (counts[name] || 0) + 1
    }
}
print(counts.one, counts.two, counts["three or seven"], counts.four, counts.five, counts.six, counts.none)
// expect: 300	300	600	300	300	300	600

values := {1000, -50, 7, 140737488355327, -140737488355328, 8, 9, 6, 10, 999, 1001, -51, -49, 0}
sums := {0, 0, 0, 0, 0, 0, 0, 0}
for round := 1; round <= 300; round++ {
    for _, x := range values {
        found := sparse(x)
        sums[found] += 1
    }
}
print(table.concat(sums, " ")) // expect: 300 300 300 300 300 300 2100 300

total := 0
for round := 1; round <= 300; round++ {
    for x := -5; x <= 95; x++ {
        total = (total * 7 + grade(x)) % 1000003
    }
}
print(total) // expect: 338535

// Other kinds of values at the same sites.
print(dense(2.0), dense(2.5), dense("two"), dense(nil), dense(1 << 60))
// expect: two	none	none	none	none
print(sparse(7.0), sparse(8.5), sparse("7"), sparse(9.0), sparse(140737488355328))
// expect: 3	7	7	8	7
print(grade(9.5), grade(19.5), grade(25.0), grade(29.5), grade(89.5), grade(80.5), grade(30.5), grade(0 / 0))
// expect: 1	2	3	4	6	6	7	7
