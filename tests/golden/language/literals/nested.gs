t := {list: {1, {2, {3}}}, map: {a: {b: "deep"}}}
print(t.list[2][2][1], t.map.a.b) // expect: 3	deep
