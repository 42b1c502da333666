// Objects alike and nearly alike, many of them, with collections in between.
parts := {}
for i := 1; i <= 3000; i++ {
    parts[i] = i % 3 == 0 && (`{"id":`) .. i .. `,"name":"n","x":1.5}` || `{"id":` .. i .. `,"name":"n","tags":["a","b"]}`
}
text := "[" .. table.concat(parts, ",") .. "]"
sum := 0
for round := 1; round <= 3; round++ {
    list := json.decode(text)
    collectgarbage()
    for i := 1; i <= #list; i++ { sum += list[i].id + (list[i].x || 0) + #(list[i].tags || {}) }
}
print(sum) // expect: 13521000.0
