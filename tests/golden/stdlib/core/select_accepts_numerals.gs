print(select("2", "a", "b")) // expect: b
print(pcall(func() { select(1.5, "a") })) // expect: false	select_accepts_numerals.gs:2: bad argument #1 to 'select' (number has no integer representation)
