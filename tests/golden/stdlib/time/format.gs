t := time.unix(1709217008)
print(time.format(t, "%Y-%m-%d"))                     // expect: 2024-02-29
print(time.format(t, "2006-01-02T15:04:05Z07:00"))    // expect: 2024-02-29T14:30:08Z
print(time.format(t, "Monday, 2 January 2006 3:04PM")) // expect: Thursday, 29 February 2024 2:30PM
print(time.format(t, "%f") , time.format(t, "05.000")) // expect: 000000	08.000
print(pcall(time.format, t, "%Q"))                    // expect: false	format.gs:6: bad argument #2 to 'time.format' (invalid conversion specifier '%Q')
