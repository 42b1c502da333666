t := {10, 20, name: "n", "a key": 1, [2 ** 4]: "pow"; 30, func: true}
print(t[1], t[2], t[3])              // expect: 10	20	30
print(t.name, t["a key"], t[16], t.func) // expect: n	1	pow	true
print(#t)                            // expect: 3
