print(string.isNumeric("12"), string.isNumeric(" -1.5e3 "), string.isNumeric("0x1F"), string.isNumeric(5)) // expect: true	true	true	true
print(string.isNumeric(""), string.isNumeric("12a"), string.isNumeric("inf"), string.isNumeric("nan")) // expect: false	false	false	false
print(pcall(string.isNumeric, nil)) // expect: false	is_numeric.gs:3: bad argument #1 to 'string.isNumeric' (string expected, got nil)
