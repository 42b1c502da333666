print(tonumber(5), tonumber(5.5), tonumber("7"), tonumber(" 0x1F ")) // expect: 5	5.5	7	31
print(tonumber("x"), tonumber(nil), tonumber({}), tonumber(true), tonumber(print)) // expect: nil	nil	nil	nil	nil
