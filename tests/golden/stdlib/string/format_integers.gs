print(("%d|%5d|%-5d|%05d|%+d|% d"):format(42, 42, 42, 42, 42, 42)) // expect: 42|   42|42   |00042|+42| 42
print(("%d %d %i"):format(3.0, "10", -7)) // expect: 3 10 -7
print(("%x %X %#x %o %#o"):format(255, 255, 255, 8, 8)) // expect: ff FF 0xff 10 010
print(("%x"):format(-1), ("%u"):format(-1)) // expect: ffffffffffffffff	18446744073709551615
print(("%.3d|%8.3d|%-8.3d|"):format(5, 5, 5)) // expect: 005|     005|005     |
print(("%c%c%c|%3c|"):format(72, 105, 256 + 33, 65)) // expect: Hi!|  A|
print(("%05x|%#06x"):format(255, 255)) // expect: 000ff|0x00ff
print(("%d"):format(math.mininteger)) // expect: -9223372036854775808
