print(pcall(os.date, "%Q"))       // expect: false	date_messages.gs:1: bad argument #1 to 'os.date' (invalid conversion specifier '%Q')
print(pcall(os.date, "x%"))       // expect: false	date_messages.gs:2: bad argument #1 to 'os.date' (invalid conversion specifier '%')
print(pcall(os.date, "%Ey", 0))   // expect: false	date_messages.gs:3: bad argument #1 to 'os.date' (invalid conversion specifier '%E')
print(pcall(os.date, "%c", 1.5))  // expect: false	date_messages.gs:4: bad argument #2 to 'os.date' (number has no integer representation)
