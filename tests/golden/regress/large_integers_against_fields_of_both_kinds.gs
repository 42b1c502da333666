// Comparisons of a raw integer that may be large with fields that hold an integer at one time, a float at another, and in the
// end something else.

func below(t, k) { return t.v < k * 3 }
func above(t, k) { return k * 3 < t.v }
func atmost(t, k) { return t.v <= k * 3 }
func same(t, k) { return t.v == k * 3 }
func count(f, n) {
    c := 0
    for i := 1; i <= n; i++ {
        t := {v: i * 2}
        if i % 3 == 0 { t.v = i + 0.5 }
        if i % 7 == 0 { t.v = i * 1.0 }
        k := i % 50
        if f(t, k) { c++ }
    }
    return c
}
for _, f := range {below, above, atmost, same} {
    print(count(f, 200), count(f, 2000))
}
// expect: 60	60
// expect: 140	1940
// expect: 60	60
// expect: 0	0
big := 1 << 61
print(below({v: 1}, big), above({v: 1}, big), below({v: 1e300}, big), above({v: 1e300}, big)) // expect: true	false	false	true
print(same({v: 3.0}, 1), same({v: 3}, 1), same({v: 3.5}, 1), same({v: "3"}, 1), same({}, 1))  // expect: true	true	false	false	false
print(below({v: 0.0 / 0.0}, 1), above({v: 0.0 / 0.0}, 1), atmost({v: 3.0}, 1), atmost({v: 3.25}, 1)) // expect: false	false	true	false
print(pcall(below, {v: "x"}, 1))   // expect: false	large_integers_against_fields_of_both_kinds.gs:4: attempt to compare string with number
print(pcall(above, {}, 1))         // expect: false	large_integers_against_fields_of_both_kinds.gs:5: attempt to compare number with nil
m := setmetatable({}, {__lt: func(a, b) { return "asked" }})
print(below({v: m}, 1), above({v: m}, 1)) // expect: true	true
