func stage(input, f) {
    out := make(chan)
    go func() { for v := range input { out <- f(v) }; close(out) }()
    return out
}
src := make(chan)
go func() { for i := 1; i <= 5; i++ { src <- i }; close(src) }()
for v := range stage(stage(src, func(x) { return x * x }), func(x) { return x + 1 }) { print(v) }
// expect: 2
// expect: 5
// expect: 10
// expect: 17
// expect: 26
