t := {"pear", "apple", "", "fig", "apples", "b\x00c", "b", "appl"}
table.sort(t)
print(table.concat(t, ",") == ",appl,apple,apples,b,b\x00c,fig,pear") // expect: true
