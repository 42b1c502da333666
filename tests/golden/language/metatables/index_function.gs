t := setmetatable({own: 1}, {__index: func(t, k) { return k .. "!", "dropped" }})
print(t.own, t.hi, t[5])         // expect: 1	hi!	5!
print(select("#", t.other))      // expect: 1
print(rawget(t, "hi"))           // expect: nil
