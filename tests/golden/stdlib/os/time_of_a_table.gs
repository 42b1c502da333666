t := {year: 2024, month: 1, day: 1, hour: 0}
a := os.time(t)
b := os.time({year: 2024, month: 1, day: 2, hour: 0})
print(b - a)                                          // expect: 86400
print(os.time({year: 2024, month: 1, day: 1}) - a)    // expect: 43200
u := {year: 2023, month: 14, day: -1, hour: 25, min: 61, sec: 61}
os.time(u)
print(u.year, u.month, u.day, u.hour, u.min, u.sec)   // expect: 2024	1	31	2	2	1
print(u.wday, u.yday, u.isdst)                        // expect: 4	31	false
print(os.time({year: "2024", month: 1.0, day: 1, hour: 0}) == a) // expect: true
print(math.type(os.time()), os.time() > 1700000000)   // expect: integer	true
