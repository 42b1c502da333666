print(pcall(string.rep, "x", 1 << 40)) // expect: false	rep_too_large.gs:1: resulting string too large
print(pcall(string.rep, "abc", math.maxinteger)) // expect: false	rep_too_large.gs:2: resulting string too large
print(pcall(string.rep, "", math.maxinteger, "ab")) // expect: false	rep_too_large.gs:3: resulting string too large
