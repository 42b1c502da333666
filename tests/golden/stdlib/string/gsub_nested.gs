// The same pattern may be in use twice.
print((("ab cd"):gsub("%w+", func(w) { return "<" .. w:gsub("%w+", func(v) { return v:upper() }) .. ">" }))) // expect: <AB> <CD>
print((("x1y2"):gsub("%d", func(d) { return ("[%d]"):format(d) }))) // expect: x[1]y[2]
