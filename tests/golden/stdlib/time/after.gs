ch := time.after(0.01)
print(cap(ch), #ch)                 // expect: 1	0
t, ok := <-ch
print(type(t), ok, t.year >= 2024)  // expect: table	true	true
select {
case <-time.after(0): print("first")   // expect: first
case <-time.after(5): print("second")
}
