print(("ABC"):byte(), ("ABC"):byte(2), ("ABC"):byte(-1)) // expect: 65	66	67
print(("ABC"):byte(1, -1)) // expect: 65	66	67
print(("ABC"):byte(2, 9)) // expect: 66	67
print(select("#", ("ABC"):byte(4)), select("#", ("ABC"):byte(0)), select("#", (""):byte())) // expect: 0	0	0
print(select("#", ("ABC"):byte(-4)), ("ABC"):byte(0, 1)) // expect: 0	65
print(string.char(72, 105), string.char() == "", string.char(255) == "\xff") // expect: Hi	true	true
print(#string.char(table.unpack({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34}))) // expect: 34
