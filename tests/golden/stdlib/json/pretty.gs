print(json.pretty({b: {1, {x: true}}, a: {}, c: json.emptyArray}))
// expect: {
// expect:   "a": {},
// expect:   "b": [
// expect:     1,
// expect:     {
// expect:       "x": true
// expect:     }
// expect:   ],
// expect:   "c": []
// expect: }
print(json.pretty({1, 2}, "\t"))
// expect: [
// expect: 	1,
// expect: 	2
// expect: ]
print(json.pretty("x"), json.pretty({}), json.pretty({a: 1}, "") == "{\n\"a\": 1\n}") // expect: "x"	{}	true
