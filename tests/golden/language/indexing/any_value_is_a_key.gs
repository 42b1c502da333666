k1, k2 := {}, func() {}
ch := make(chan)
t := {}
t[k1] = "table"; t[k2] = "function"; t[ch] = "channel"
t[true] = "true"; t[false] = "false"; t[1.5] = "float"; t[-3] = "negative"; t[0] = "zero"
print(t[k1], t[k2], t[ch])     // expect: table	function	channel
print(t[true], t[false])       // expect: true	false
print(t[1.5], t[-3], t[0])     // expect: float	negative	zero
print(t[{}])                   // expect: nil
