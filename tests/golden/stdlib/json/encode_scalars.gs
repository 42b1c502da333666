print(json.encode(nil), json.encode(true), json.encode(false), json.encode(42)) // expect: null	true	false	42
print(json.encode(1.0), json.encode(0.1), json.encode(-0.0), json.encode(1e21)) // expect: 1.0	0.1	-0.0	1e+21
print(json.encode(math.huge), json.encode(0/0), json.encode(math.maxinteger)) // expect: null	null	9223372036854775807
print(json.encode("né"), json.encode("")) // expect: "né"	""
print(json.encode(0.1 + 0.2), json.encode(123456.789), json.encode(2.5e-7)) // expect: 0.30000000000000004	123456.789	2.5e-07
