print(unpack == table.unpack) // expect: true
