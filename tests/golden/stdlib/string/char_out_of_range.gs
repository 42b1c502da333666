print(pcall(string.char, 65, 256)) // expect: false	char_out_of_range.gs:1: bad argument #2 to 'string.char' (value out of range)
string.char(-1) // expect runtime error: bad argument #1 to 'string.char' (value out of range)
