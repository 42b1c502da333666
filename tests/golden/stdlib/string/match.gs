print(("2024-05-06"):match("(%d+)-(%d+)-(%d+)")) // expect: 2024	05	06
print(("hello 42"):match("%d+"), ("hello"):match("%d+")) // expect: 42	nil
print(("  trim  "):match("^%s*(.-)%s*$") .. "|") // expect: trim|
print(("abc"):match("()", 2), ("abc"):match(".", -1), ("abc"):match(".", 5)) // expect: 2	c	nil
print(("x=1,y=2"):match("y=(%d)")) // expect: 2
