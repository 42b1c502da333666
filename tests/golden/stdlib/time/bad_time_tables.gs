print(pcall(time.format, 5, "%F"))               // expect: false	bad_time_tables.gs:1: bad argument #1 to 'time.format' (time table expected, got number)
print(pcall(time.diff, {}, "x"))                 // expect: false	bad_time_tables.gs:2: bad argument #2 to 'time.diff' (time table expected, got string)
print(pcall(time.since))                         // expect: false	bad_time_tables.gs:3: bad argument #1 to 'time.since' (time table expected, got no value)
print(pcall(time.weekday, {year: "soon"}))       // expect: false	bad_time_tables.gs:4: bad argument #1 to 'time.weekday' (time table expected, got table)
