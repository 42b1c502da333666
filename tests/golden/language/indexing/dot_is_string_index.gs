t := {}
t.name = 1
t["other"] = 2
print(t["name"], t.other) // expect: 1	2
k := "na" .. "me"
print(t[k])               // expect: 1
