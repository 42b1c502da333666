print("\x41\x62\x7e")        // expect: Ab~
print("\101\102")            // expect: AB
print(("\xff\xFe"):byte(1, 2)) // expect: 255	254
print(("\377\000"):byte(1, 2)) // expect: 255	0
print("\1011")               // expect: A1
