// Classes cover ASCII only; upper case is the complement.
all := {}
for i := 0; i <= 255; i++ { all[i + 1] = string.char(i) }
all = table.concat(all)
func count(class) { _, n := all:gsub(class, "")
    return n }
print(count("%a"), count("%c"), count("%d"), count("%g"), count("%l")) // expect: 52	33	10	94	26
print(count("%p"), count("%s"), count("%u"), count("%w"), count("%x")) // expect: 32	6	26	62	22
print(count("%A"), count("%D"), count("%S"), count("."), count("[%a%d]")) // expect: 204	246	250	256	62
print(count("[^%s]"), count("[%S%s]"), count("[\x80-\xff]"), count("%%"), count("%.")) // expect: 250	256	128	1	1
