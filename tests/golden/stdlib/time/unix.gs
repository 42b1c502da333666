print(time.unix(0).year, time.unix(-1).sec, time.unix(0.25).nsec)      // expect: 1970	59	250000000
print(time.unix(0, -1).nsec, time.unix(1, 1500000000).sec)             // expect: 999999999	2
print(pcall(time.unix, 1e300))           // expect: false	unix.gs:3: bad argument #1 to 'time.unix' (time out of range)
print(pcall(time.unix, math.maxinteger)) // expect: false	unix.gs:4: bad argument #1 to 'time.unix' (time out of range)
