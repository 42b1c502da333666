rows := {{"plain", "with,comma", "with \"quote\""}, {"new\nline", "", " space "}}
again := csv.parse(csv.encode(rows))
same := #again == #rows
for i, row := range ipairs(rows) { for j, field := range ipairs(row) { same = same && again[i][j] == field } }
print(same) // expect: true
