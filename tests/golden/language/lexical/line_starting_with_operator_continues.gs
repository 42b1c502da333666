x := 1
    + 2
    * 3
print(x) // expect: 7
s := "a"
    .. "b"
print(s) // expect: ab
ok := true
    && false
    || "yes"
print(ok) // expect: yes
