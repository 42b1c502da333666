for word := range string.gmatch("one two three", "%a+") { print(word) }
// expect: one
// expect: two
// expect: three
for k, v := range ("a=1,b=2"):gmatch("(%w+)=(%w+)") { print(k, v) }
// expect: a	1
// expect: b	2
