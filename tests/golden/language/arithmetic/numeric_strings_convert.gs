print("10" + 1, 1 + "10")       // expect: 11	11
print("1e1" + 1, "1.5" * 2)     // expect: 11.0	3.0
print("3" * "4", "10" / "2")    // expect: 12	5.0
print("7" % "4", "2" ** "3")    // expect: 3	8.0
print(-"2", -"0x10", -"1.5")    // expect: -2	-16	-1.5
print(" 5 " + 1)                // expect: 6
