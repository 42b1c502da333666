// Removing elements of lists of all kinds, inside and at the end, by compiled code.
func clear(t, from, to, step) { for i := from; i <= to; i += step { t[i] = nil } }
func text(t, n) { s := ""; for i := 0; i <= n; i++ { s = s .. tostring(t[i]) .. " " }; return s .. #t }
func make(kind, n) {
    t := {}
    for i := 1; i <= n; i++ {
        if kind == 0 { t[i] = i } elseif kind == 1 { t[i] = i + 0.5 } elseif kind == 2 { t[i] = i % 2 == 0 } else { t[i] = "s" .. i }
    }
    return t
}
for kind := 0; kind < 4; kind++ {
    for r := 1; r <= 100; r++ { clear(make(kind, 9), 1, 9, 1 + r % 3) }
    t := make(kind, 9)
    clear(t, 2, 8, 3)
    print(text(t, 9))
    clear(t, 9, 9, 1)
    print(text(t, 9))
    t[0] = t[1]
    clear(t, 0, 12, 4)
    print(text(t, 9))
    n := 0
    for k, v := range t { n++ }
    t[#t + 1] = t[1]
    print(n, text(t, 9))
}
// expect: nil 1 nil 3 4 nil 6 7 nil 9 9
// expect: nil 1 nil 3 4 nil 6 7 nil nil 7
// expect: nil 1 nil 3 nil nil 6 7 nil nil 7
// expect: 4	nil 1 nil 3 nil nil 6 7 1 nil 8
// expect: nil 1.5 nil 3.5 4.5 nil 6.5 7.5 nil 9.5 9
// expect: nil 1.5 nil 3.5 4.5 nil 6.5 7.5 nil nil 7
// expect: nil 1.5 nil 3.5 nil nil 6.5 7.5 nil nil 7
// expect: 4	nil 1.5 nil 3.5 nil nil 6.5 7.5 1.5 nil 8
// expect: nil false nil false true nil true false nil false 9
// expect: nil false nil false true nil true false nil nil 7
// expect: nil false nil false nil nil true false nil nil 7
// expect: 4	nil false nil false nil nil true false false nil 8
// expect: nil s1 nil s3 s4 nil s6 s7 nil s9 9
// expect: nil s1 nil s3 s4 nil s6 s7 nil nil 7
// expect: nil s1 nil s3 nil nil s6 s7 nil nil 7
// expect: 4	nil s1 nil s3 nil nil s6 s7 s1 nil 8
// A queue: the oldest element is removed, a new one comes to the end; and a stack.
func queue(n) {
    q, head, sum := {}, 1, 0
    for i := 1; i <= 20; i++ { q[i] = i }
    for i := 21; i <= n; i++ {
        sum += q[head]
        q[head] = nil
        head++
        q[i] = i
    }
    left := 0
    for k, v := range q { left += v }
    return sum, left
}
func stack(n) {
    s, top, sum := {}, 0, 0
    for i := 1; i <= n; i++ {
        top++
        s[top] = i
        if i % 3 == 0 { sum += s[top]; s[top] = nil; top-- }
    }
    return sum, #s, top
}
print(queue(2000))  // expect: 1961190	39810
print(stack(2000))  // expect: 666333	1334	1334
