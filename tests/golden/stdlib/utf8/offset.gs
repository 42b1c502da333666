s := "aéb€"
print(utf8.offset(s, 1), utf8.offset(s, 2), utf8.offset(s, 3), utf8.offset(s, 4)) // expect: 1	2	4	5
print(utf8.offset(s, 5), utf8.offset(s, 6)) // expect: 8	nil
print(utf8.offset(s, -1), utf8.offset(s, -4), utf8.offset(s, -5)) // expect: 5	1	nil
print(utf8.offset(s, 2, 4), utf8.offset(s, 1, 5), utf8.offset(s, 1, 100)) // expect: 5	5	nil
