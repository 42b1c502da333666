t := {"a b": 1, "": 2, "name": 3, `raw\n`: 4}
print(t["a b"], t[""], t.name, t["raw\\n"]) // expect: 1	2	3	4
