func show(t) { return time.format(t, "%F %T %z %Z") }
print(show({}))                                             // expect: 0001-01-01 00:00:00 +0000 UTC
print(show({year: 2024, month: 6, hour: 12}))               // expect: 2024-06-01 12:00:00 +0000 UTC
print(show({year: 2024, offset: 5400, tz: "XYZ"}))          // expect: 2024-01-01 00:00:00 +0130 XYZ
print(time.diff({year: 2024, offset: 3600}, {year: 2024}))  // expect: 3600.0
print(show({unix: 10.75, year: 1999}))                      // expect: 1970-01-01 00:00:10 +0000 UTC
print(time.diff({unix: 10}, {unix: 10.75, nsec: 5}) < 0.001) // expect: true
