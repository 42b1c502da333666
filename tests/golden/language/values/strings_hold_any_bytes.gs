s := "a\x00b\xff"
print(#s)              // expect: 4
print(s:byte(2), s:byte(4)) // expect: 0	255
print(s == "a\x00b")   // expect: false
