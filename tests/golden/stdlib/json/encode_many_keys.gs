// Many keys, whichever way a table stores them, come in the order of their bytes.
t := {}
for i := 1; i <= 40; i++ { t["k" .. i] = i }
s := json.encode(t)
print(s:sub(1, 40), #s) // expect: {"k1":1,"k10":10,"k11":11,"k12":12,"k13"	343
back := json.decode(s)
ok := true
for i := 1; i <= 40; i++ { ok = ok && back["k" .. i] == i }
print(ok, json.encode(back) == s) // expect: true	true
