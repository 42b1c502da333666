print(utf8.charclass(0x41), utf8.charclass(0x4e2d), utf8.charclass(0x35), utf8.charclass(0x20)) // expect: L	L	N	S
print(utf8.charclass(0x0a), utf8.charclass(0x2b), utf8.charclass(0x21), utf8.charclass(0)) // expect: S	P	P	O
print(utf8.charclass(0xb2), utf8.charclass(0x301), utf8.charclass(0x110000)) // expect: O	O	O
