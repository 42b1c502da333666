t := {}
print(("%p"):format(t) == tostring(t):match("0x%x+"), ("%p"):format(print) != "(null)") // expect: true	true
print(("%p %p %p|%8p|"):format(nil, 1, true, false)) // expect: (null) (null) (null)|  (null)|
print(("%p"):format(math.maxinteger)) // expect: (null)
