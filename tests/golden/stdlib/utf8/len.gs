print(utf8.len("héllo"), utf8.len(""), utf8.len("日本語")) // expect: 5	0	3
print(utf8.len("ab\xffc")) // expect: nil	invalid UTF-8 string	3
print(utf8.len("a\xe2\x82")) // expect: nil	invalid UTF-8 string	2
print(utf8.len("\xed\xa0\x80")) // expect: nil	invalid UTF-8 string	1
print(utf8.valid("né"), utf8.valid("\xc0\x80"), utf8.valid("")) // expect: true	false	true
