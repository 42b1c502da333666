print(json.null, type(json.null), type(json.emptyArray)) // expect: null	userdata	userdata
print(json.encode({a: json.null, b: json.emptyArray}), json.encode(json.null)) // expect: {"a":null,"b":[]}	null
print(json.decode(json.encode({1, json.null, 3}), {null: json.null})[2] == json.null) // expect: true
