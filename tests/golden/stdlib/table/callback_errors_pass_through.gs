print(pcall(table.map, {1}, func() { error({}) }) == false) // expect: true
ok, e := pcall(table.filter, {1}, func() { error("plain") })
print(e) // expect: plain
