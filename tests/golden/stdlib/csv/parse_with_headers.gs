rows := csv.parseWithHeaders("name,age\nann,30,extra\nbob\n")
print(#rows, rows[1].name, rows[1].age, rows[2].name, rows[2].age) // expect: 2	ann	30	bob	nil
print(#csv.parseWithHeaders("only,names\n"))                       // expect: 0
print(csv.parseWithHeaders("a\n\"b"))                              // expect: nil	csv: line 2, column 3: extraneous or missing " in quoted-field
