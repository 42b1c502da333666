print(time.SECOND, time.MINUTE, time.HOUR, time.DAY) // expect: 1.0	60.0	3600.0	86400.0
