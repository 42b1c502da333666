s := `one
two
`
print(#s, s:sub(1, 3), s:sub(5, 7)) // expect: 8	one	two
t := `
x`
print(#t) // expect: 2
