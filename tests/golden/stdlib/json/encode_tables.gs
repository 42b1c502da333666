print(json.encode({1, 2, 3}), json.encode({}), json.encode({{}, {1}})) // expect: [1,2,3]	{}	[{},[1]]
print(json.encode({b: 1, a: 2, ["10"]: 3, A: 4})) // expect: {"10":3,"A":4,"a":2,"b":1}
print(json.encode({[1]: "a", [3]: "c"}), json.encode({[1]: 1, [5]: 5})) // expect: ["a",null,"c"]	{"1":1,"5":5}
print(json.encode({[2]: 1}), json.encode({[0]: 0, [1]: 1})) // expect: {"2":1}	{"0":0,"1":1}
print(json.encode({1, 2, x: 3}), json.encode({[true]: 1, [1.5]: 2})) // expect: {"1":1,"2":2,"x":3}	{"1.5":2,"true":1}
print(json.encode({["a\"b"]: {c: {d: {}}}})) // expect: {"a\"b":{"c":{"d":{}}}}
t := {a: 1, b: 2}
t.a = nil
print(json.encode(t), json.encode({1.5, 2.0}), json.encode({true, false})) // expect: {"b":2}	[1.5,2.0]	[true,false]
