print(("hello"):hasPrefix("he"), ("hello"):hasPrefix("lo"), ("x"):hasPrefix("")) // expect: true	false	true
print(("hello"):hasSuffix("lo"), ("hello"):hasSuffix("he"), ("x"):hasSuffix("")) // expect: true	false	true
print(("a.b"):contains("."), ("ab"):contains("."), (""):contains("")) // expect: true	false	true
print(("banana"):count("an"), ("aaaa"):count("aa"), ("a.b.c"):count("."), ("né"):count("")) // expect: 2	2	2	3
