rows := csv.parse("\"one\r\ntwo\",3\n4,5")
print(rows[1][1] == "one\ntwo", rows[1][2], rows[2][2]) // expect: true	3	5
