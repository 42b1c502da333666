print("\d\w\$")  // expect: \d\w\$
print(#"\d")     // expect: 2
print("%\q")     // expect: %\q
