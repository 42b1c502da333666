print(("hello world"):find("o w")) // expect: 5	7
print(("hello world"):find("o", 6)) // expect: 8	8
print(("hello"):find("xyz")) // expect: nil
print(("a.b"):find(".", 1, true), ("a+b"):find("+", 1, true)) // expect: 2	2	2
print(("abc"):find(""), ("abc"):find("", 4)) // expect: 1	4	3
print(("abc"):find("", 5), ("abc"):find("c", -1)) // expect: nil	3	3
print(("abc"):find("", 10), (""):find("")) // expect: nil	1	0
print(("aXbX"):find("X", -1), ("abc"):find("a", -100)) // expect: 4	1	1
