func permute(a, n) {
    if n == 0 { coroutine.yield(a[1] .. a[2] .. a[3]) }
    for i := 1; i <= n; i++ {
        a[n], a[i] = a[i], a[n]
        permute(a, n - 1)
        a[n], a[i] = a[i], a[n]
    }
}
out := {}
for p := range coroutine.wrap(func() { permute({"a", "b", "c"}, 3) }) { out[#out + 1] = p }
print(table.concat(out, " ")) // expect: bca cba cab acb bac abc
