loop:
for i := range 10 {
    switch i {
    case 2: break loop
    default: print(i)
    }
}
// expect: 0
// expect: 1
