t := json.decode(`{"b": [1, 2, {"c": []}], "a": {"x": null, "y": 1}, "b2": "z"}`)
for k := range t { print(k) }
// expect: b
// expect: a
// expect: b2
print(#t.b, #t.b[3].c, t.a.x, t.a.y, t.b2) // expect: 3	0	nil	1	z
u := json.decode(`[1, null, 3, null]`)
print(u[1], u[2], u[3], #json.decode("[]"), json.encode(u)) // expect: 1	nil	3	0	[1,null,3]
print(json.decode(`{"a":1,"a":2}`).a, json.decode(`{"a":1,"a":null}`).a) // expect: 2	nil
print(next(json.decode(`{"a":null}`)), json.encode(json.decode(`{"a":null,"b":[null]}`, {null: "N"}))) // expect: nil	{"a":"N","b":["N"]}
print(json.decode(`{"1":"a"}`)["1"], json.decode(`{"":1}`)[""], json.decode(`{"\u0061b":1}`).ab) // expect: a	1	1
