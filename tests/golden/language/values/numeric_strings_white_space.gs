print(tonumber(" 10 "), tonumber("\t-3\n"), tonumber("\r\n 2.5 ")) // expect: 10	-3	2.5
print(tonumber("1 0"), tonumber("- 1"))   // expect: nil	nil
print(tonumber(""), tonumber("  "))       // expect: nil	nil
