print(tonumber("ff", 16), tonumber("FF", 16), tonumber("777", 8), tonumber("1010", 2)) // expect: 255	255	511	10
print(tonumber("zz", 36), tonumber("-ff", 16), tonumber("+7", 8), tonumber(" 11 ", 2)) // expect: 1295	-255	7	3
print(tonumber("8", 8), tonumber("", 10), tonumber("1.5", 10), tonumber("g", 16), tonumber("1 1", 2)) // expect: nil	nil	nil	nil	nil
