print(pcall(json.encode)) // expect: false	encode_errors.gs:1: bad argument #1 to 'json.encode' (value expected)
print(pcall(json.encode, print)) // expect: false	encode_errors.gs:2: bad argument #1 to 'json.encode' (cannot encode a function value)
print(pcall(json.encode, {a: {make(chan)}})) // expect: false	encode_errors.gs:3: bad argument #1 to 'json.encode' (cannot encode a channel value)
print(pcall(json.encode, {[{}]: 1})) // expect: false	encode_errors.gs:4: bad argument #1 to 'json.encode' (cannot encode a table value)
print(pcall(json.encode, {[print]: 1})) // expect: false	encode_errors.gs:5: bad argument #1 to 'json.encode' (cannot encode a function value)
t := {}
t.t = t
print(pcall(json.encode, t)) // expect: false	encode_errors.gs:8: bad argument #1 to 'json.encode' (nesting too deep)
func nest(n) { t := {}
    for i := 1; i < n; i++ { t = {t} }
    return t }
print(#json.encode(nest(1000)), pcall(json.pretty, nest(1001))) // expect: 2000	false	encode_errors.gs:12: bad argument #1 to 'json.pretty' (nesting too deep)
