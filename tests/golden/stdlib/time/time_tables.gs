t := time.unix(1709217008, 123456789)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.nsec)   // expect: 2024	2	29	14	30	8	123456789
print(t.weekday, t.yearday, t.offset, t.tz)                   // expect: 4	60	0	UTC
print(t.unix > 1709217008.12 && t.unix < 1709217008.13)       // expect: true
n := time.now()
print(math.abs(n.unix - os.time()) < 5, math.type(n.year), type(n.tz)) // expect: true	integer	string
