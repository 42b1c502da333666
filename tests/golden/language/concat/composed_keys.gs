// Keys put together from numbers and strings are found again however they were made, also after collections.
func key(x, y) { return x .. "," .. y }
seen, order := {}, {}
for round := 1; round <= 4; round++ {
    for x := -20; x <= 20; x++ {
        for y := -20; y <= 20; y++ {
            k := key(x, y)
            seen[k] = (seen[k] || 0) + 1
            if round == 1 { order[#order + 1] = k }
        }
    }
    collectgarbage()
}
bad, count := 0, 0
for _, n := range seen {
    count++
    if n != 4 { bad++ }
}
print(count, bad, #order)               // expect: 1681	0	1681
print(seen["-20,20"], seen["0,0"])      // expect: 4	4
text := "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
parts := {}
for n := 1; n <= 40; n++ {
    for i := 1; i <= #text - n + 1; i++ {
        k := text:sub(i, i + n - 1)
        parts[k] = (parts[k] || 0) + 1
    }
}
twice, once := 0, 0
for _, n := range parts { if n == 2 { twice++ } else { once++ } }
print(twice, once)                      // expect: 351	598
print(parts["abc"], parts["zab"], parts[text:sub(1, 33)])  // expect: 2	1	1
print(1 .. 2 .. "x" .. -3, 9007199254740993 .. "!", 1.5 .. 2)  // expect: 12x-3	9007199254740993!	1.52
print(0 .. "", 10 .. "", 100 .. "", -100 .. "")  // expect: 0	10	100	-100
