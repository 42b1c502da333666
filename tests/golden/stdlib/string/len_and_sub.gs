// Lengths count bytes; parts follow the range rule.
print(string.len("héllo"), string.len(12.5)) // expect: 6	4
print(("abcde"):sub(2, 3), ("abcde"):sub(-2), ("abcde"):sub(0)) // expect: bc	de	abcde
print(("abcde"):sub(4, 2) == "", ("abcde"):sub(9) == "", ("abcde"):sub(-100, 2)) // expect: true	true	ab
print(("abcde"):sub(3, 3), ("abcde"):sub(2.0), ("abcde"):sub("4")) // expect: c	bcde	de
print(string.sub(12345, 2, 3)) // expect: 23
