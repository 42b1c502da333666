print("[" .. ("ab"):padLeft(5) .. "]", "[" .. ("ab"):padRight(5) .. "]") // expect: [   ab]	[ab   ]
print(("7"):padLeft(3, "0"), ("x"):padLeft(6, "ab"), ("x"):padRight(6, "ab")) // expect: 007	ababax	xababa
print(("long"):padLeft(2), ("x"):padLeft(3, "") == "  x", ("x"):padRight(-1)) // expect: long	true	x
print(pcall(string.padLeft, "x", 1 << 50)) // expect: false	not enough memory
