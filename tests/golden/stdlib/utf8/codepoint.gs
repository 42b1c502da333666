print(utf8.codepoint("né€")) // expect: 110
print(utf8.codepoint("né€", 1, -1)) // expect: 110	233	8364
print(utf8.codepoint("né€", 2), utf8.codepoint("né€", -1)) // expect: 233	8364
print(select("#", utf8.codepoint("né", 3)), select("#", utf8.codepoint(""))) // expect: 0	0
print(utf8.codepoint("a\xffb", 1, 3)) // expect: 97	65533	98
