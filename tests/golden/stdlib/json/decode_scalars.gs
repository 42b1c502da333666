print(json.decode("null"), json.decode(" true "), json.decode("false")) // expect: nil	true	false
print(json.decode("0"), json.decode("-12"), json.decode("1.5"), json.decode("1e3"), json.decode("-0.0")) // expect: 0	-12	1.5	1000.0	-0.0
print(json.decode("9223372036854775807"), json.decode("-9223372036854775808")) // expect: 9223372036854775807	-9223372036854775808
print(json.decode("9223372036854775808"), json.decode("123456789012345678901234567890")) // expect: 9.223372036854776e+18	1.2345678901234568e+29
print(json.decode("0.1"), json.decode("1E-7"), json.decode("2.2250738585072014e-308"), json.decode("1.7976931348623157e308")) // expect: 0.1	1e-07	2.2250738585072014e-308	1.7976931348623157e+308
print(json.decode("123456789.123456789"), json.decode("0.30000000000000004"), json.decode("1e23")) // expect: 123456789.12345679	0.30000000000000004	1e+23
