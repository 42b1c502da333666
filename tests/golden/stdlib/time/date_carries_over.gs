func show(t) { return time.format(t, "%F %T") }
print(show(time.date(2024, 2, 30)))               // expect: 2024-03-01 00:00:00
print(show(time.date(2023, 2, 30)))               // expect: 2023-03-02 00:00:00
print(show(time.date(2024, 13, 1, 25, 61, 61)))   // expect: 2025-01-02 02:02:01
print(show(time.date(2024, 0, 0)))                // expect: 2023-11-30 00:00:00
print(show(time.date(2024, 1, 1, 0, 0, -1)))      // expect: 2023-12-31 23:59:59
print(pcall(time.date, 2024, 1))                  // expect: false	date_carries_over.gs:7: bad argument #3 to 'time.date' (number expected, got no value)
print(pcall(time.date, math.maxinteger, 1, 1))    // expect: false	date_carries_over.gs:8: bad argument #1 to 'time.date' (time out of range)
