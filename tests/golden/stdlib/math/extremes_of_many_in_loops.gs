// Hot code takes the least and the greatest of several numbers: integers, floats, and both.

func least(a, b, c) { return math.min(a, b, c) }
func greatest(a, b, c, d) { return math.max(a, b, c, d) }

func run(make) {
    s := 0
    for i := 1; i <= 400; i++ {
        x := make(i)
        s = s + least(x, x + 1, x - 1) + greatest(x, x - 1, x + 2, x + 1)
    }
    return s
}
print(run(func(i) { return i }))                      // expect: 160800
print(run(func(i) { return i + 0.5 }))                // expect: 161200.0
print(run(func(i) { return i }))                      // expect: 160800
print(least(3, 1.5, 2), least(1.0, 2, 3))             // expect: 1.5	1.0
print(greatest(1, 2, 3, 2.5), greatest(1, 4.0, 3, 2)) // expect: 3	4.0
print(least(1 << 60, 5, 1 << 61), greatest(1, 1 << 60, 2, 3)) // expect: 5	1152921504606846976
nan := 0.0 / 0.0
print(least(nan, 1.0, 2.0) == math.min(nan, 1.0, 2.0) || "both nan") // expect: both nan
print(least(1.0, nan, 2.0), greatest(1.0, nan, 2.0, 0.5)) // expect: 1.0	2.0
print(pcall(least, 1, {}, 2))                         // expect: false	extremes_of_many_in_loops.gs:3: bad argument #2 to 'math.min' (number expected, got table)
