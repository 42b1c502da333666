t := os.date("!*t", 1709217008)
print(t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst) // expect: 2024	2	29	14	30	8	5	60	false
print(table.concat(table.keys(t), " ")) // expect: year month day hour min sec wday yday isdst
now := os.time()
print(os.time(os.date("*t", now)) == now) // expect: true
