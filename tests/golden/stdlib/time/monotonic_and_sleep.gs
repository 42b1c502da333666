a := time.monotonic()
time.sleep(0.02)
d := time.monotonic() - a
print(math.type(d), d >= 0.02, d < 5)  // expect: float	true	true
start := time.now()
print(time.since(start) >= 0)          // expect: true
print(pcall(time.sleep, "x"))          // expect: false	monotonic_and_sleep.gs:7: bad argument #1 to 'time.sleep' (number expected, got string)
