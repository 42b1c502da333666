t := {year: 2024, month: 7, hour: 12, offset: 7200, tz: "CEST"}
u := time.toUTC(t)
print(u.hour, u.offset, u.tz, time.diff(t, u))    // expect: 10	0	UTC	0.0
l := time.toLocal(u)
print(time.diff(l, u), l.offset == time.toLocal(t).offset) // expect: 0.0	true
print(time.weekday(t), time.format(t, "%H %Z"))   // expect: Monday	12 CEST
