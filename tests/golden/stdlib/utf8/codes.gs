for _, c := range utf8.codes("né€x") { print(c.pos, c.code) }
// expect: 1	110
// expect: 2	233
// expect: 4	8364
// expect: 7	120
print(#utf8.codes(""), utf8.codes("\xff")[1].code) // expect: 0	65533
