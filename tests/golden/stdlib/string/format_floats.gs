print(("%f %.2f %10.3f|%-10.1f|"):format(1.5, 3.14159, 2.5, 9.95)) // expect: 1.500000 3.14      2.500|9.9       |
print(("%e %.3E %.0e"):format(12345.678, 0.00012, 5)) // expect: 1.234568e+04 1.200E-04 5e+00
print(("%g %g %g %g %g"):format(100000, 1e6, 0.0001, 1e-5, 1e100)) // expect: 100000 1e+06 0.0001 1e-05 1e+100
print(("%.3g %.10g %#g %G"):format(1234.5, 0.1, 1.5, 1e-10)) // expect: 1.23e+03 0.1 1.50000 1E-10
print(("%a %A %.1a"):format(1, 0.5, 3.14)) // expect: 0x1p+0 0X1P-1 0x1.9p+1
print(("%f %5.1f %g %08.2f"):format(math.huge, -math.huge, 0/0, -1.5)) // expect: +Inf  -Inf NaN -0001.50
print(("%.0f %.0f %.0f %#.0f"):format(0.5, 1.5, 2.5, 3)) // expect: 0 2 2 3.
print(("%.14g %.17g %.20f"):format(0.1, 0.1, 0.1)) // expect: 0.1 0.10000000000000001 0.10000000000000000555
print(("%5.1f%%"):format(99.5)) // expect:  99.5%
