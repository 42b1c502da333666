print(csv.parse("a,b\nc\"d,e\n"))  // expect: nil	csv: line 2, column 2: bare " in field
print(csv.parse("\"a\"b\n"))       // expect: nil	csv: line 1, column 3: extraneous or missing " in quoted-field
print(select(1, csv.parse("x\n\"open"))) // expect: nil	csv: line 2, column 6: extraneous or missing " in quoted-field
