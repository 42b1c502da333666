p := os.tmpname()
q := p .. ".moved"
print(os.rename(p, q), os.remove(q))    // expect: true	true
r, e, n := os.remove(q)
print(r, e == "remove " .. q .. ": no such file or directory", n) // expect: nil	true	2
r, e, n = os.rename(q, p)
print(r, e == "rename " .. q .. ": no such file or directory", n) // expect: nil	true	2
