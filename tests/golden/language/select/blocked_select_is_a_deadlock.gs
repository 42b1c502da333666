ch := make(chan)
func f() {
    select {
    case <-ch: print("never")
    }
}
ok, e := pcall(f)
print(ok, e:find("all goroutines are asleep - deadlock!", 1, true) != nil) // expect: false	true
