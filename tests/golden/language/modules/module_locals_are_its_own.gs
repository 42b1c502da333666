m := require("lib.locals")
print(m(), m(), hidden) // expect: 1	2	nil
