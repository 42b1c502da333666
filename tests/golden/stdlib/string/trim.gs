print("[" .. ("  a b \t\n"):trim() .. "]", "[" .. ("\u00a0\u3000x\u2028"):trim() .. "]") // expect: [a b]	[x]
print("[" .. ("  a "):trimLeft() .. "]", "[" .. ("  a "):trimRight() .. "]") // expect: [a ]	[  a]
print(("xxhixy"):trim("xy"), ("éaé"):trim("é"), ("--a--"):trimLeft("-"), ("--a--"):trimRight("-")) // expect: hi	a	a--	--a
print((" a "):trim("") == " a ", ("   "):trim() == "") // expect: true	true
