print(tonumber("1_000"), tonumber("abc"), tonumber("1a"))  // expect: nil	nil	nil
print(tonumber("0x"), tonumber("."), tonumber("1e"))       // expect: nil	nil	nil
print(tonumber("--1"), tonumber("+-1"), tonumber("1..2"))  // expect: nil	nil	nil
print(tonumber("0xg"), tonumber("0b2"))                    // expect: nil	nil
