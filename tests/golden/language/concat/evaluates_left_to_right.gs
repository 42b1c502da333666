func v(x) { print("eval " .. x); return x }
print(v("a") .. v("b") .. v("c"))
// expect: eval a
// expect: eval b
// expect: eval c
// expect: abc
