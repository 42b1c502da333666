func nested(n) { return ("["):rep(n) .. ("]"):rep(n) }
t := json.decode(nested(1000))
print(type(t), json.decode(nested(1001))) // expect: table	nil	json: nesting too deep at line 1 column 1001
print(json.decode((`{"a":`):rep(1001))) // expect: nil	json: nesting too deep at line 1 column 5001
print(pcall(json.decode, 5), pcall(json.decode, {})) // expect: true	false	decode_depth.gs:5: bad argument #1 to 'json.decode' (string expected, got table)
print(pcall(json.decode, "1", 5)) // expect: false	decode_depth.gs:6: bad argument #2 to 'json.decode' (table expected, got number)
