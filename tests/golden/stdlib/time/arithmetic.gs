a := time.date(2024, 1, 31)
b := time.add(a, time.DAY * 1.5)
print(time.format(b, "%F %T"), time.diff(a, b), time.diff(b, a)) // expect: 2024-02-01 12:00:00	129600.0	-129600.0
print(time.isBefore(a, b), time.isAfter(a, b), time.isBefore(a, a)) // expect: true	false	false
print(time.weekday(a), time.month(a))                            // expect: Wednesday	January
c := time.add({year: 2024, offset: 3600, tz: "CET"}, 60)
print(c.hour, c.min, c.offset, c.tz)                             // expect: 0	1	3600	CET
print(pcall(time.add, a, 1e300))                                 // expect: false	arithmetic.gs:8: bad argument #2 to 'time.add' (time out of range)
