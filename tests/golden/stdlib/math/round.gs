print(math.round(2.5), math.round(-2.5), math.round(2.4)) // expect: 3	-3	2
print(math.round(7), math.round(1e300))                   // expect: 7	1e+300
print(math.round(3.14159, 2), math.round(5, 2))           // expect: 3.14	5.0
print(math.round(1234.5, -2), math.round(1250, -2))       // expect: 1200.0	1300.0
print(math.round(0.5), math.round(0.49999999999999994))   // expect: 1	0
print(math.round(1.5, 400), math.round(1.5, -400))        // expect: 1.5	0.0
