print("http://x") // expect: http://x
print("/* no */") // expect: /* no */
