ch := make(chan)
select {
case a, b, c := <-ch: print(a)
}
// expect compile error: select_three_targets.gs:3:
