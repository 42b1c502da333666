// Objects of one shape, with fields missing in some.
list := {}
for i := 1; i <= 4; i++ {
    p := {name: "n" .. i, id: i, tag: "t"}
    if i % 2 == 0 { p.tag = nil }
    if i == 4 { p.extra = {i} }
    list[i] = p
}
print(json.encode(list)) // expect: [{"id":1,"name":"n1","tag":"t"},{"id":2,"name":"n2"},{"id":3,"name":"n3","tag":"t"},{"extra":[4],"id":4,"name":"n4"}]
