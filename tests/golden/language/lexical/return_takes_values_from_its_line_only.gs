func f() {
    return
    print("dead")
}
print(f())              // expect:
print(select("#", f())) // expect: 0
func g() {
    return 1,
        2 +
        3
}
print(g())              // expect: 1	5
