// The elements of one array change their kind while others read and write them.
t := {}
for i := 1; i <= 64; i++ { t[i] = i }
func total() {
    s := 0
    for i := 1; i <= 64; i++ {
        v := t[i]
        switch type(v) {
        case "number": s += v
        case "boolean": s += 1
        case "string": s += #v
        case "table": s += v.n
        case "nil": s += 0
        default: error("bad kind")
        }
    }
    return s
}
wg := sync.waitgroup()
for g := range 4 { wg:run(func() { for range 2500 { total() } }) }
for g := range 3 {
    wg:run(func() {
        for i := range 300 {
            u := {}
            switch k := (i + g) % 5; k {
            case 0: for j := 1; j <= 64; j++ { t[j] = j }
            case 1: for j := 1; j <= 64; j++ { t[j] = j + 0.5 }
            case 2: for j := 1; j <= 64; j++ { t[j] = j % 2 == 0 }
            case 3: for j := 1; j <= 64; j++ { t[j] = "s" .. j }
            case 4: for j := 1; j <= 64; j++ { t[j] = {n: j} }
            }
            if i % 10 == 0 { for j := 64; j >= 1; j-- { t[j] = nil } }
        }
    })
}
wg:wait()
print("ok") // expect: ok
