rows := csv.parse("a,b,c\r\n1,,\"x, y\"\n\n\"say \"\"hi\"\"\"\n")
print(#rows)                               // expect: 3
print(table.concat(rows[1], "|"))          // expect: a|b|c
print(table.concat(rows[2], "|"))          // expect: 1||x, y
print(rows[3][1], #rows[3])                // expect: say "hi"	1
print(#csv.parse(""))                      // expect: 0
