t := {}
for i := 1; i <= 2000; i++ { t[i] = i }
func f() {
    defer func(...) { print(#..., ...[2000]) }(unpack(t))
    return 5
}
print(f())
// expect: 2000	2000
// expect: 5
done := make(chan)
go func(...) { done <- #... + ...[2000] }(unpack(t))
print(<-done) // expect: 4000
