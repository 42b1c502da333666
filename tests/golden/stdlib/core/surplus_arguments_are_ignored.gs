print(type(1, 2, 3), tostring(5, 6), rawlen("ab", 1)) // expect: number	5	2
