s := "ÿþ"
print(#s, s:byte(1, 2)) // expect: 2	255	254
// comment ÿþ
raw := `€`
print(#raw, raw:byte()) // expect: 1	128
