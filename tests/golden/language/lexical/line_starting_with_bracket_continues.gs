t := {10, 20}
v := t
[2]
print(v) // expect: 20
