print(pcall(os.time, {}))                               // expect: false	time_messages.gs:1: field 'year' missing in date table
print(pcall(os.time, {year: 2024}))                     // expect: false	time_messages.gs:2: field 'month' missing in date table
print(pcall(os.time, {year: 2024, month: 1}))           // expect: false	time_messages.gs:3: field 'day' missing in date table
print(pcall(os.time, {year: 2024, month: 1.5, day: 1})) // expect: false	time_messages.gs:4: field 'month' is not an integer
print(pcall(os.time, {year: "x", month: 1, day: 1}))    // expect: false	time_messages.gs:5: field 'year' is not an integer
print(pcall(os.time, 5))                                // expect: false	time_messages.gs:6: bad argument #1 to 'os.time' (table expected, got number)
