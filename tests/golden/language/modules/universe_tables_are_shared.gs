require("lib.extends")
print(string.shout("hi"), ("hi"):shout()) // expect: HI!	HI!
