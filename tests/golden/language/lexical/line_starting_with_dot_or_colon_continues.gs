s := ("abc")
    :upper()
    :reverse()
print(s) // expect: CBA
t := {a: {b: 5}}
v := t
    .a
    .b
print(v) // expect: 5
