for w := range ("one two  three"):gmatch("%a+") { print(w) }
// expect: one
// expect: two
// expect: three
for k, v := range ("a=1, b=2"):gmatch("(%w+)=(%w+)") { print(k, v) }
// expect: a	1
// expect: b	2
n := 0
for range ("abc"):gmatch("") { n++ }
print(n) // expect: 4
for s := range ("ab12"):gmatch("%a*") { print("<" .. s .. ">") }
// expect: <ab>
// expect: <>
// expect: <>
