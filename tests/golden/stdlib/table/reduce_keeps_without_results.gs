print(table.reduce({1, 2}, func(acc, v) { if v == 1 { return nil } }, 5)) // expect: nil
print(table.reduce({1, 2}, func(acc, v) {}, 5))                           // expect: 5
