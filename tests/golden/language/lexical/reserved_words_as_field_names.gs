t := {}
t.break = 1; t.chan = 2; t.continue = 3; t.else = 4; t.elseif = 5; t.false = 6
t.for = 7; t.func = 8; t.go = 9; t.if = 10; t.in = 11; t.nil = 12
t.range = 13; t.return = 14; t.true = 15; t.var = 16
print(t.break + t.chan + t.continue + t.else + t.elseif + t.false) // expect: 21
print(t.for + t.func + t.go + t.if + t.in + t.nil)                 // expect: 57
print(t.range + t.return + t.true + t.var)                         // expect: 58
print(t["range"], t["nil"])                                        // expect: 13	12
