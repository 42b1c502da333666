func f(...) {
    a, b := ...
    print(a, b)
    print(..., "end")
    print("start", ...)
    return #{...}
}
print(f(1, 2, 3))
// expect: 1	2
// expect: 1	end
// expect: start	1	2	3
// expect: 3
