print(utf8.char(72, 228, 8364, 128512), utf8.char() == "") // expect: Hä€😀	true
print(#utf8.char(0), #utf8.char(0x10ffff)) // expect: 1	4
print(pcall(utf8.char, 65, 0xd800)) // expect: false	char.gs:3: bad argument #2 to 'utf8.char' (value out of range)
print(pcall(utf8.char, 0x110000)) // expect: false	char.gs:4: bad argument #1 to 'utf8.char' (value out of range)
print(pcall(utf8.char, -1)) // expect: false	char.gs:5: bad argument #1 to 'utf8.char' (value out of range)
