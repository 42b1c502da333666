t := {
    a: 1
    b: "two"
    10
    c: {x: 1}
    20
    "text": 5
}
print(t.a, t.b, t[1], t.c.x, t[2], t.text) // expect: 1	two	10	1	20	5
u := {1 2 3 "a" "b" true nil false}
print(#u, u[4], u[6], u[7], u[8])          // expect: 8	a	true	nil	false
