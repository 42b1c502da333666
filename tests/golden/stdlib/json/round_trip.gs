s := `{"a":[1,2.5,"x",true,false,{"deep":{"er":[[],[[1]]]}}],"b":{"c":-7,"d":1e+100},"é":"ü\n"}`
t := json.decode(s)
print(json.encode(t) == (s:gsub("%[%]", "{}"))) // expect: true
print(json.encode(json.decode(json.pretty(t))) == json.encode(t)) // expect: true
