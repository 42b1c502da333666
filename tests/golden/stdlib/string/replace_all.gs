print(("a.b.c"):replaceAll(".", "-"), ("aaa"):replaceAll("aa", "b"), ("abc"):replaceAll("x", "y")) // expect: a-b-c	ba	abc
print(("né"):replaceAll("", "-"), (""):replaceAll("", "-"), ("a%1"):replaceAll("%1", "%%")) // expect: -n-é-	-	a%%
