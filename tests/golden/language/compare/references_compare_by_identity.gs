t := {}
f := func() {}
ch := make(chan)
print(t == t, {} == {})      // expect: true	false
print(f == f, f == func() {}) // expect: true	false
print(ch == ch, ch == make(chan)) // expect: true	false
